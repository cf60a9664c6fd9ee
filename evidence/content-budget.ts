import { refused } from "./errors.ts";
import { limits } from "../registry/limits.ts";

/**
 * How much the content of one artifact may ask of its reader, all its layers together, in counted steps. Whoever can push must
 * not be able to choose how long everybody else waits, or that the gate gives up: what exceeds a limit is refused, and that is
 * remembered.
 */
export const contentLimits = {
  /** Bytes of unpacked layers, and of those that are not packed. See `limits.layerBytes` for the largest real ones. */
  bytes: limits.contentBytes,
  /**
   * Bytes of large files that are gone through for what is read of them: the lists of requests or samples in them are not. Each
   * takes some nanoseconds. GuideLLM writes 25 MB for 5,000 requests of 1,000 characters each.
   */
  skimmed: 64 * 1024 * 1024,
  /** Layers that unpack to more than may be held, which shows when as much of them is unpacked. */
  large: 8,
  /** Values and keys of JSON. A card of 300 rows has 15,000; lm-evaluation-harness writes 24,000 for 200 tasks. */
  values: 64 * 1024,
  /** Heads of tar archives, those of long names and other extensions among them. EvalHub packs one file into a layer. */
  heads: 256,
  /** Results in all files, numbers or not, and metrics of all rows. lm-evaluation-harness has 1,200 for 200 tasks. */
  metrics: 8 * 1024,
  /** Lines of JSON lines, and files of zip archives. garak and Inspect write one for each attempt or sample, of some 2 KB. */
  lines: 16 * 1024,
  /** Work of reading JSON: a byte once, a value or key 32 times. It follows from the two above, and bounds nothing further. */
  work: limits.contentBytes + 64 * 1024 * 32,
} as const;

/** What is counted while content is read. */
export type ContentBudgetItem = keyof typeof contentLimits;

const names: Readonly<Record<ContentBudgetItem, string>> = {
  bytes: "bytes when unpacked",
  skimmed: "bytes in large files",
  large: "layers of large files",
  values: "JSON values and keys",
  heads: "entries of archives",
  metrics: "metrics and other results",
  lines: "lines, or files of archives",
  work: "steps of reading JSON",
};

/** What is left to one artifact. Made anew for each reading, and handed down to everything that reads. */
export class ContentBudget {
  readonly #spent: Record<ContentBudgetItem, number> = {
    bytes: 0,
    skimmed: 0,
    large: 0,
    values: 0,
    heads: 0,
    metrics: 0,
    lines: 0,
    work: 0,
  };

  /** Counts before the work is done. Throws ARTIFACT_INVALID, with the limit, when it is passed. */
  spend(counted: ContentBudgetItem, count: number): void {
    this.#spent[counted] += count;
    if (this.#spent[counted] > contentLimits[counted])
      throw refused("ARTIFACT_INVALID", `it holds more than ${contentLimits[counted]} ${names[counted]}`);
  }

  /** Throws as {@link spend} where one more could not be paid: then nothing more is asked for. */
  check(): void {
    for (const counted of ["bytes", "skimmed", "large", "values", "heads", "metrics", "lines"] as const)
      if (this.left(counted) === 0) this.spend(counted, 1);
  }

  /** At least 0. */
  left(counted: ContentBudgetItem): number {
    return Math.max(0, contentLimits[counted] - this.#spent[counted]);
  }

  /** Steps so far, of every kind: what tests and the bench compare with the size of the artifact. */
  get spent(): Readonly<Record<ContentBudgetItem, number>> {
    return this.#spent;
  }
}
