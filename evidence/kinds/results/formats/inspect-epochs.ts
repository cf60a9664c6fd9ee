import * as z from "zod";
import type { Gap } from "../../../../policies/artifact.ts";
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
  /** The functions that scored. */
  readonly scorers: readonly string[];
}

/**
 * What is left out of a run over several epochs. Its header does not show that: a sample counts as scored where it was in one of
 * them, and the mean is over those (inspect_ai 0.3.285). Only the summaries in an archive have each by itself.
 */
export async function findEpochGaps(
  { epochs, planned, scorers }: RepeatedRun,
  file: ResultsFile,
  reading: FileReading,
): Promise<readonly Gap[]> {
  const scored = await readSummaries(file, reading);
  if (scored === undefined || scored.length > planned)
    return [{ kind: "unread", message: `it ran ${epochs} epochs, and what was scored in each cannot be read` }];
  return scorers.flatMap((scorer): Gap[] => {
    const count = scored.filter((names) => names.has(scorer)).length;
    return count === planned
      ? []
      : [{ kind: "unscored", message: `${count} of ${planned} answers were scored in ${epochs} epochs` }];
  });
}

/** The scorers that gave a value, for each sample in each epoch. Undefined where that cannot be told within the budget. */
async function readSummaries(
  file: ResultsFile,
  reading: FileReading,
): Promise<readonly ReadonlySet<string>[] | undefined> {
  const entry = file.kind === "zip" ? file.entries.get(summariesName) : undefined;
  if (entry === undefined || entry.size > reading.budget.left("values") * bytesPerValueLeft) return undefined;
  try {
    const parsed = summaries.safeParse(await reading.json(await entry.unpack(), summariesName));
    return parsed.data?.map(({ scores }) => new Set(listScored(scores ?? {})));
  } catch (error) {
    // Such as NaN, for an answer that was not scored: the header holds for itself.
    if (error instanceof EvidenceError && error.evidence.kind === "refused") return undefined;
    throw error;
  }
}

function listScored(scores: Readonly<Record<string, { readonly value?: unknown }>>): string[] {
  return Object.entries(scores).flatMap(([scorer, { value }]) =>
    value === undefined || value === null ? [] : [scorer],
  );
}
