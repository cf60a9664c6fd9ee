/**
 * How much one object may ask of its reader, in counted steps. Whoever writes the object must not be able to choose how long
 * everybody else waits, or that the gate gives up: what exceeds a limit is a denial that names it, under every mode.
 *
 * Each limit is at least ten times what any of 2,229 files of public repositories needs (`docs/kinds.md` tells which), and
 * small enough that all of them spent together stay below the 20 ms that a review may hold the event loop.
 */
export const readingLimits = {
  /** Containers of all pods, init and ephemeral ones among them. The most seen: 12. */
  containers: 512,
  /** Variables of all containers. The most seen: 112. */
  variables: 8_192,
  /** Characters of words, values and paths, after `$(NAME)` and shell variables are expanded. The most seen: 19,354. */
  expandedCharacters: 512 * 1024,
  /** Words of command lines and scripts, after expansion. The most seen: 176. */
  words: 8_192,
  /** Simple commands of all scripts. The most seen: 82. */
  commands: 1_024,
  /** Characters of shell that are parsed, those that `eval` parses again among them. The most seen: 9,635. */
  shellCharacters: 96 * 1024,
  /** Commands and parts of words that are parsed in shell, run or not. The most seen: 196. */
  shellParts: 10_240,
  /** Characters of YAML or JSON that stand in a string, such as a Ray Serve config. The most seen: 1,360. */
  embeddedCharacters: 64 * 1024,
  /** Models, before the same ones are put together. The most seen: 10. */
  models: 128,
  /** Labels and annotations of the object and of its pod templates. */
  marks: 4_096,
  /** References to evidence, in all places together: sixteen count, and most workloads have one. */
  references: 1_024,
  /** Adapters of all models. The most seen: 2. */
  adapters: 1_024,
  /** Mounts of all containers, and volumes of all pods. The most seen: 24. */
  mounts: 2_048,
  /** Node selector terms and expressions, classes that are made of them, and resources. The most seen: 40. */
  placements: 4_096,
  /** Entries of any one list, or of a map that is walked like one: not a sum. What has more is refused before it is looked at. */
  entries: 16_384,
} as const;

/** What is counted while an object is read. */
export type BudgetItem = keyof typeof readingLimits;

const names: Readonly<Record<BudgetItem, string>> = {
  containers: "containers",
  variables: "environment variables",
  expandedCharacters: "characters of words, values and paths, after variables are expanded",
  words: "words of commands",
  commands: "commands of scripts",
  shellCharacters: "characters of shell script",
  shellParts: "commands and parts of words in shell scripts",
  embeddedCharacters: "characters of YAML or JSON in strings",
  models: "models",
  marks: "labels and annotations",
  references: "references to evidence",
  adapters: "adapters",
  mounts: "volumes and mounts",
  placements: "node selector terms, values and resources",
  entries: "entries of one list",
};

/** The object asks for more reading than any real one does. A denial under every mode, and never a "could not look". */
export class WorkloadTooLarge extends Error {
  override readonly name = "WorkloadTooLarge";
  readonly code = "WORKLOAD_TOO_LARGE";
  readonly counted: BudgetItem;
  readonly limit: number;
  /** JSON path of what was being read when the limit was reached. */
  readonly path: string;

  constructor(counted: BudgetItem, path: string) {
    const limit = readingLimits[counted];
    super(`more than ${limit} ${names[counted]}`);
    this.counted = counted;
    this.limit = limit;
    this.path = path;
  }
}

/** What is left to one object. Made anew for each reading, and handed down to everything that reads. */
export class Budget {
  readonly #spent: Record<BudgetItem, number> = {
    containers: 0,
    variables: 0,
    expandedCharacters: 0,
    words: 0,
    commands: 0,
    shellCharacters: 0,
    shellParts: 0,
    embeddedCharacters: 0,
    models: 0,
    marks: 0,
    references: 0,
    adapters: 0,
    mounts: 0,
    placements: 0,
    entries: 0,
  };

  /** Counts before the work is done. Throws {@link WorkloadTooLarge} when the limit is passed; `path` says where in the object. */
  spend(counted: BudgetItem, count: number, path: string): void {
    this.#spent[counted] += count;
    if (this.#spent[counted] > readingLimits[counted]) throw new WorkloadTooLarge(counted, path);
  }

  /** Steps so far, of every kind: what tests and the bench compare with the size of the object. */
  get spent(): Readonly<Record<BudgetItem, number>> {
    return this.#spent;
  }
}
