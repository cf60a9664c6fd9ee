import type { Benchmark, Content } from "../../../policies/artifact.ts";
import { parseRfc3339 } from "../../../policies/time.ts";
import type { Manifest } from "../../../registry/manifest.ts";
import { interpretJobResults } from "../job-results.ts";
import type { Reading } from "../kind.ts";
import { combineFiles } from "./combine.ts";
import { findResults } from "./find-results.ts";

type Results = Extract<Content, { kind: "read" }>;

/** The results in an artifact's files: EvalHub's, and those that evaluators wrote. Throws as {@link Kind.readContent}. */
export async function readResults({ layers, annotations }: Manifest, reading: Reading): Promise<Content> {
  const { jobs, files, problem } = await findResults(layers, reading);
  if (jobs.length === 0 && files.length === 0 && problem !== undefined) throw problem;
  const ofJobs = interpretJobResults(jobs, annotations);
  if (files.length === 0) return ofJobs;
  const ofFiles = combineFiles(files, annotations);
  return ofJobs.kind === "read" ? mergeResults(ofJobs, ofFiles) : { kind: "read", ...ofFiles };
}

/**
 * EvalHub's results with those that its adapter's tool wrote beside them. Both count. What the tool's file leaves out of a
 * benchmark is as EvalHub has it, and what EvalHub's leave out, such as how many samples there were, is as the tool has it.
 */
function mergeResults(ours: Results, theirs: Omit<Results, "kind">): Results {
  const raw = new Map(theirs.benchmarks.map((one) => [one.id, one]));
  const own = new Map(ours.benchmarks.map((one) => [one.id, one]));
  return {
    ...theirs,
    ...ours,
    benchmarks: [
      ...ours.benchmarks.map((one) => ({ ...pickFacts(raw.get(one.id)), ...one })),
      ...theirs.benchmarks.map((one) => ({ ...one, metrics: addMetrics(own.get(one.id), one) })),
    ],
    completedAt: findOlder(ours.completedAt, theirs.completedAt),
  };
}

function pickFacts(one: Benchmark | undefined): Partial<Benchmark> {
  if (one === undefined) return {};
  const { version, evaluator, samples, gaps } = one;
  return { version, samples, gaps, ...(evaluator && { evaluator }) };
}

function addMetrics(known: Benchmark | undefined, { metrics }: Benchmark): Benchmark["metrics"] {
  return known === undefined ? metrics : new Map([...known.metrics, ...metrics]);
}

/** One that cannot be read is kept: it must not be passed over. */
function findOlder(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Date.parse(a) < Date.parse(b) || parseRfc3339(a) === undefined ? a : b;
}
