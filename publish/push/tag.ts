import { createHash } from "node:crypto";

/** One run of one benchmark, as EvalHub counts them. */
export interface BenchmarkRun {
  readonly job: string;
  readonly provider: string | undefined;
  readonly benchmark: string;
  /** The benchmark's place in its job, from 0. */
  readonly index: number;
}

/**
 * The tag that EvalHub's adapters give to the results of a run, so that the same run has the same tag whoever publishes it.
 * https://github.com/eval-hub/eval-hub-sdk
 */
export function toRunTag({ job, provider, benchmark, index }: BenchmarkRun): string {
  const name = `${job}:${provider ?? ""}:${benchmark}:${index}`;
  return `evalhub-${createHash("sha256").update(name, "utf8").digest("hex")}`;
}
