import * as z from "zod";
import type { Benchmark, Content } from "../../policies/artifact.ts";
import { parseRfc3339 } from "../../policies/time.ts";
import type { StringMap } from "../../policies/workload.ts";
import { refused } from "../errors.ts";
import { findContradiction } from "./contradiction.ts";
import type { ContentBudget } from "../content-budget.ts";
import { listMetrics, listNumbers, type Metric } from "./metrics.ts";
import { checkName } from "./names.ts";

/** What is in it is looked at where it is counted. */
const list = z.custom<readonly unknown[]>(Array.isArray);
const shape = z.object({ benchmark_id: z.string(), results: list });

const text = z.string().nullish();
const jobResults = shape.extend({
  id: text,
  /** Where adapters write a summary of their own in the same shape. */
  job_id: text,
  model_name: text,
  completed_at: text,
  evaluation_metadata: z.object({ framework: text, job_spec: z.object({ provider_id: text }).nullish() }).nullish(),
});

/** A dump of the EvalHub SDK's JobResults, as far as it is read. Written by the producer: attacker-controlled. */
export interface JobResults extends Omit<z.infer<typeof jobResults>, "results"> {
  readonly metrics: readonly Metric[];
  /** True where there is no result at all, be it a number or not. */
  readonly isEmpty: boolean;
}

/** True for JSON in the shape of JobResults, whatever its file is called. */
export function isJobResults(value: unknown): boolean {
  return shape.safeParse(value).success;
}

/** Throws ARTIFACT_INVALID where a field that is read has another type, and for more results than the budget allows. */
export function parseJobResults(value: unknown, budget: ContentBudget): JobResults {
  const parsed = jobResults.safeParse(value);
  if (parsed.success) {
    const { results, ...facts } = parsed.data;
    budget.spend("metrics", results.length);
    return { ...facts, metrics: listNumbers(results), isEmpty: results.length === 0 };
  }
  const [issue] = parsed.error.issues;
  throw refused("ARTIFACT_INVALID", `its results are malformed at ${issue?.path.join(".")}: ${issue?.message}`);
}

/**
 * Every file as one benchmark. JobResults hold scores and no verdict. Throws ARTIFACT_INVALID where they contradict the
 * manifest's annotations, which EvalHub's users can override, and where none holds a single result.
 */
export function interpretJobResults(files: readonly JobResults[], annotations: StringMap): Content {
  if (files.length === 0) return { kind: "none" };
  for (const file of files) refuseContradiction(file, annotations);
  const claimed = annotations[benchmarkKey];
  if (claimed !== undefined && !files.some(({ benchmark_id }) => benchmark_id === claimed)) {
    throw findContradiction(benchmarkKey, claimed, files[0]?.benchmark_id);
  }
  if (files.every(({ isEmpty }) => isEmpty)) throw refused("ARTIFACT_INVALID", "its results are empty");
  return {
    kind: "read",
    benchmarks: files.map((file) => toBenchmark(file, annotations[providerKey])),
    job: files.map((file) => file.id ?? file.job_id).find((id) => typeof id === "string") ?? annotations[jobKey],
    completedAt: oldest(files.flatMap(({ completed_at: time }) => time ?? [])),
  };
}

const jobKey = "io.github.eval-hub.job_id";
const benchmarkKey = "io.github.eval-hub.benchmark_id";
const providerKey = "io.github.eval-hub.provider_id";
const modelKey = "io.github.eval-hub.model";

function refuseContradiction(file: JobResults, annotations: StringMap): void {
  const stated: [string, string | null | undefined][] = [
    [jobKey, file.id],
    [jobKey, file.job_id],
    [modelKey, file.model_name],
  ];
  for (const [key, content] of stated) {
    const claimed = annotations[key];
    if (claimed !== undefined && typeof content === "string" && claimed !== content)
      throw findContradiction(key, claimed, content);
  }
}

function toBenchmark(
  { benchmark_id: id, metrics, evaluation_metadata: metadata }: JobResults,
  annotated: string | undefined,
): Benchmark {
  return {
    provider: checkName(metadata?.job_spec?.provider_id ?? metadata?.framework ?? annotated, "provider"),
    id: checkName(id, "benchmark"),
    metrics: listMetrics(id, metrics),
    passed: undefined,
  };
}

/** So that a fresh file never freshens an old one. A time that cannot be read is kept: it must not be passed over. */
function oldest(times: readonly string[]): string | undefined {
  const unreadable = times.find((time) => parseRfc3339(time) === undefined);
  return unreadable ?? times.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
}
