import type { Benchmark, Content, Gap } from "../../../policies/artifact.ts";
import { show } from "../../../policies/show.ts";
import { parseRfc3339 } from "../../../policies/time.ts";
import { refused } from "../../errors.ts";
import type { Descriptor, Manifest } from "../../../registry/manifest.ts";
import { interpretJobResults, type JobResults } from "../job-results.ts";
import type { Reading } from "../kind.ts";
import { combineFiles, type EvaluatorResults } from "./combine.ts";
import { findResults, getFileName } from "./find-results.ts";

type Results = Extract<Content, { kind: "read" }>;

/** The results in an artifact's files: EvalHub's, and those that evaluators wrote. Throws as {@link Kind.readContent}. */
export async function readResults(
  { layers, annotations }: Pick<Manifest, "layers" | "annotations">,
  reading: Reading,
): Promise<Content> {
  const { jobs, files, problem, unread } = await findResults(layers, reading);
  if (jobs.length === 0 && files.length === 0 && problem !== undefined) throw problem;
  const ofJobs = interpretJobResults(jobs, annotations);
  if (files.length === 0) return ofJobs.kind === "read" ? withUnread(ofJobs, unread) : nameFiles(layers);
  const ofFiles = combineFiles(files, annotations);
  refuseOtherModel(jobs, ofFiles);
  return withUnread(ofJobs.kind === "read" ? mergeResults(ofJobs, ofFiles) : { kind: "read", ...ofFiles }, unread);
}

/** Of files that cannot be read, and are named. */
const maxUnread = 8;

/** What cannot be read may tell of every benchmark, and of a worse run of it: none is known to be complete. */
function withUnread(results: Results, unread: readonly string[]): Results {
  const [first, ...others] = unread;
  if (first === undefined) return results;
  const message = others.length === 0 ? first : `${first}, and ${others.length} more`;
  const gap: Gap = { kind: "unread", message };
  return {
    ...results,
    benchmarks: results.benchmarks.map((one) => (one.gaps === undefined ? one : { ...one, gaps: [...one.gaps, gap] })),
    unread: unread.slice(0, maxUnread),
  };
}

/** EvalHub's results and those beside them are merged, so that they must be of one model, be it annotated or not. */
function refuseOtherModel(jobs: readonly JobResults[], { stated }: EvaluatorResults): void {
  const names = stated?.modelNames;
  if (names === undefined) return;
  const other = jobs.find(({ model_name: name }) => typeof name === "string" && !names.includes(name));
  if (other === undefined) return;
  const message = `its results are of several models: ${show(other.model_name ?? undefined)} and ${show(names[0])}`;
  throw refused("ARTIFACT_INVALID", message);
}

function nameFiles(layers: readonly Descriptor[]): Content {
  const files = layers.map(getFileName).filter((name) => name !== undefined);
  return files.length === 0 ? { kind: "none" } : { kind: "none", files };
}

/**
 * EvalHub's results with those that its adapter's tool wrote beside them. Both count. What the tool's file leaves out of a
 * benchmark is as EvalHub has it, and what EvalHub's leave out, such as how many samples there were, is as the tool has it.
 */
function mergeResults(ours: Results, theirs: Omit<Results, "kind">): Results {
  const raw = new Map([...Map.groupBy(theirs.benchmarks, ({ id }) => id)].map(([id, runs]) => [id, pickFacts(runs)]));
  const own = new Map(ours.benchmarks.map((one) => [one.id, one]));
  return {
    ...theirs,
    ...ours,
    benchmarks: [
      ...ours.benchmarks.map((one) => ({ ...raw.get(one.id), ...one })),
      ...theirs.benchmarks.map((one) => ({ ...one, metrics: addMetrics(own.get(one.id), one) })),
    ],
    completedAt: findOlder(ours.completedAt, theirs.completedAt),
  };
}

/** Nothing says which of the runs EvalHub's numbers are of: the worst counts, and what one of them does not say is not known. */
function pickFacts(runs: readonly Benchmark[]): Partial<Benchmark> {
  const [first, ...others] = runs;
  const { version, evaluator } = first ?? {};
  const samples = runs.map((run) => run.samples);
  const gaps = runs.map((run) => run.gaps);
  return {
    version: others.every((other) => other.version === version) ? version : undefined,
    samples: samples.includes(undefined) ? undefined : samples.reduce(pickFewer),
    gaps: gaps.find((some) => some !== undefined && some.length > 0) ?? (gaps.includes(undefined) ? undefined : []),
    ...(evaluator && { evaluator }),
  };
}

function pickFewer(a: Benchmark["samples"], b: Benchmark["samples"]): Benchmark["samples"] {
  return (b?.scored ?? 0) < (a?.scored ?? 0) ? b : a;
}

function addMetrics(known: Benchmark | undefined, { metrics }: Benchmark): Benchmark["metrics"] {
  return known === undefined ? metrics : new Map([...known.metrics, ...metrics]);
}

/** One that cannot be read is kept: it must not be passed over. */
function findOlder(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const unreadable = [a, b].find((time) => parseRfc3339(time) === undefined);
  return unreadable ?? (Date.parse(a) < Date.parse(b) ? a : b);
}
