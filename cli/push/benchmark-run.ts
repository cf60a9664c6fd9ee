import { toRunTag, type BenchmarkRun } from "../../publish/push/tag.ts";
import type { StringMap } from "../../policies/workload.ts";
import { UsageError } from "../failure.ts";

/** Which run of which benchmark the results are of, as options. */
export const runOptions = {
  job: { type: "string", value: "ID", help: "the evaluation job's id" },
  provider: { type: "string", value: "ID", help: "the benchmark's provider, such as lm_evaluation_harness" },
  benchmark: { type: "string", value: "ID", help: "the benchmark's id" },
  "benchmark-index": { type: "string", value: "N", help: "the benchmark's place in its job; default 0" },
} as const;

type Given = {
  readonly job?: string | undefined;
  readonly provider?: string | undefined;
  readonly benchmark?: string | undefined;
  readonly "benchmark-index"?: string | undefined;
};

/** Undefined where neither job nor benchmark is given. Throws UsageError. */
export function parseRun({
  job,
  provider,
  benchmark,
  "benchmark-index": index = "0",
}: Given): BenchmarkRun | undefined {
  if (job === undefined && benchmark === undefined) return undefined;
  if (job === undefined || benchmark === undefined) throw new UsageError("--job and --benchmark go together");
  if (!/^[0-9]{1,6}$/.test(index)) throw new UsageError(`--benchmark-index ${index}: expected a number from 0`);
  return { job, provider, benchmark, index: Number(index) };
}

/** The tag that is asked for, or else EvalHub's own for the run. Throws UsageError where there is neither. */
export function toTag(tag: string | undefined, run: BenchmarkRun | undefined): string {
  if (tag !== undefined) return tag;
  if (run !== undefined) return toRunTag(run);
  throw new UsageError("push needs a name for the artifact: --job and --benchmark, or --tag");
}

/** What EvalHub's adapters say of a run. https://github.com/eval-hub/eval-hub-sdk */
export function toJobAnnotations(run: BenchmarkRun | undefined): StringMap {
  if (run === undefined) return {};
  return {
    "io.github.eval-hub.job_id": run.job,
    "io.github.eval-hub.benchmark_id": run.benchmark,
    ...(run.provider === undefined ? {} : { "io.github.eval-hub.provider_id": run.provider }),
  };
}
