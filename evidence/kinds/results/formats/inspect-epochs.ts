import * as z from "zod";
import type { Gap } from "../../../../policies/artifact.ts";
import { isObject } from "../../../../policies/is-object.ts";
import { EvidenceError } from "../../../errors.ts";
import { parseListOf, parseMapOf } from "../../../stop-at-first.ts";
import type { FileReading, ResultsFile } from "../format.ts";

/** The archive's entry with a line for each sample in each epoch. */
const summariesName = "summaries.json";
/** Real summaries have about one value or key for every 8 bytes. What is read of them leaves half of the budget to other files. */
const bytesPerValueLeft = 4;

const summaries = parseListOf(z.object({ scores: parseMapOf(z.object({ value: z.unknown().optional() })).nullish() }));

/** What a log's header says of the samples that ran. */
export interface RepeatedRun {
  /** How often each sample was to be answered. */
  readonly epochs: number;
  /** Samples times epochs, as planned. */
  readonly planned: number;
  readonly scores: readonly ScoreName[];
}

/** A score in the header: what is called so, and the function that gave it, with several where it gives a map of them. */
export interface ScoreName {
  readonly name: string;
  readonly scorer: string;
}

/**
 * What is left out of a run over several epochs. Its header does not show that: a sample counts as scored where it was in one of
 * them, and the mean is over those (inspect_ai 0.3.285). Only the summaries in an archive have each by itself.
 */
export async function findEpochGaps(
  { epochs, planned, scores }: RepeatedRun,
  file: ResultsFile,
  reading: FileReading,
): Promise<readonly Gap[]> {
  const scored = await readSummaries(file, reading);
  if (scored === undefined || scored.length > planned)
    return [{ kind: "unread", message: `it ran ${epochs} epochs, and what was scored in each cannot be read` }];
  const tallies = tallyValues(scored);
  const fewest = Math.min(...scores.map((score) => countScored(score, tallies)));
  if (scores.length === 0 || fewest === planned) return [];
  return [{ kind: "unscored", message: `${fewest} of ${planned} answers were scored in ${epochs} epochs` }];
}

/** What each function gave for one answer, by its name. */
type Values = Readonly<Record<string, { readonly value?: unknown }>>;

/** How many answers one function gave a value for. */
interface Tally {
  /** One value. */
  plain: number;
  /** A map in which each is one, and none is called as the function is. */
  whole: number;
  /** Each of the map's values, by its name. */
  readonly named: Map<string, number>;
}

/** Goes through every value once, however many scores there are. */
function tallyValues(all: readonly Values[]): ReadonlyMap<string, Tally> {
  const tallies = new Map<string, Tally>();
  for (const [scorer, { value }] of all.flatMap((values) => Object.entries(values))) {
    const tally = tallies.get(scorer) ?? { plain: 0, whole: 0, named: new Map<string, number>() };
    tallies.set(scorer, tally);
    if (!isObject(value)) tally.plain += Number(isValue(value));
    else {
      if (!Object.hasOwn(value, scorer)) tally.whole += Number(isValue(value));
      for (const [name, one] of Object.entries(value))
        if (isValue(one)) tally.named.set(name, (tally.named.get(name) ?? 0) + 1);
    }
  }
  return tallies;
}

function countScored({ name, scorer }: ScoreName, tallies: ReadonlyMap<string, Tally>): number {
  const { plain = 0, whole = 0, named } = tallies.get(scorer) ?? {};
  return plain + (named?.get(name) ?? 0) + (name === scorer ? whole : 0);
}

/** A list or a map is one where all in it are: which of them a mean is over it does not say. */
function isValue(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  return typeof value !== "object" || Object.values(value).every(isValue);
}

/** The values of each sample in each epoch. Undefined where they cannot be read within the budget. */
async function readSummaries(file: ResultsFile, reading: FileReading): Promise<readonly Values[] | undefined> {
  const entry = file.kind === "zip" ? file.entries.get(summariesName) : undefined;
  if (entry === undefined || entry.size > reading.budget.left("values") * bytesPerValueLeft) return undefined;
  try {
    const parsed = summaries.safeParse(await reading.json(await entry.unpack(), summariesName));
    return parsed.data?.map(({ scores }) => scores ?? {});
  } catch (error) {
    // Such as NaN, for an answer that was not scored: the header holds for itself.
    if (error instanceof EvidenceError && error.evidence.kind === "refused") return undefined;
    throw error;
  }
}
