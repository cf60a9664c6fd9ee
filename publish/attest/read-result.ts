import type { Benchmark, Content } from "../../policies/artifact.ts";
import type { Digest } from "../../policies/digest.ts";
import { show, showAll } from "../../policies/show.ts";
import { parseRfc3339 } from "../../policies/time.ts";
import { PublishError } from "../../registry/publish-error.ts";
import { checkBar, type Bar, type Claim, type EvalResult } from "./eval-result.ts";

/** What is to be stated, and what the results may leave to whoever states it. */
export interface StatedResult {
  /** Undefined where there is only one. */
  readonly benchmark: string | undefined;
  readonly bars: readonly Bar[];
  /** Where the results do not say it. */
  readonly suiteVersion: string | undefined;
  readonly sampleSize: number | undefined;
  /** The manifest of the registration under which it was run. */
  readonly registration: Digest | undefined;
  /** Whether the results may leave something out, such as those of a limited run. */
  readonly allowIncomplete: boolean;
}

/**
 * What the results of an artifact say of one benchmark, held to bars. Nothing is guessed: what they do not say must be given, and
 * what is given must not contradict them. Throws PublishError.
 */
export function readResult(content: Content, stated: StatedResult): EvalResult {
  if (content.kind === "refused" || content.kind === "unavailable") throw new PublishError(content.message);
  if (content.kind !== "read" || content.attestation !== undefined)
    throw new PublishError("the artifact holds no results that are read: assaygate inspect shows what it holds");
  const benchmark = findBenchmark(content.benchmarks, stated.benchmark);
  const { completedAt } = content;
  if (completedAt === undefined || parseRfc3339(completedAt) === undefined)
    throw new PublishError("the results do not say when the evaluation ended, or not as RFC 3339 has it");
  if (!stated.allowIncomplete) refuseGaps(benchmark);
  return {
    evaluatedAt: completedAt,
    suite: {
      name: benchmark.id,
      version: agree("--suite-version", "the version of the benchmark", benchmark.version, stated.suiteVersion),
    },
    claims: stated.bars.map((bar) => toClaim(benchmark, bar)),
    sampleSize: agree("--sample-size", "over how many samples it is", benchmark.samples?.scored, stated.sampleSize),
    registration: stated.registration,
  };
}

function findBenchmark(benchmarks: readonly Benchmark[], id: string | undefined): Benchmark {
  const found = id === undefined ? benchmarks : benchmarks.filter((one) => one.id === id);
  const [first, ...more] = found;
  if (first !== undefined && more.length === 0) return first;
  const ids = showAll([...new Set(benchmarks.map((one) => one.id))]);
  if (first === undefined) throw new PublishError(`there are no results of benchmark ${show(id)}: there are ${ids}`);
  throw new PublishError(
    id === undefined
      ? `there are results of several benchmarks: name one with --benchmark (${ids})`
      : `there are ${found.length} results of benchmark ${show(id)}: a statement is about one`,
  );
}

function refuseGaps({ id, gaps = [] }: Benchmark): void {
  const [gap] = gaps;
  if (gap === undefined) return;
  throw new PublishError(`${show(id)}: ${gap.message}: say --allow-incomplete to state it all the same`);
}

function toClaim({ id, metrics }: Benchmark, bar: Bar): Claim {
  const value = metrics.get(bar.metric);
  if (value === undefined)
    throw new PublishError(`${show(id)} has no metric ${show(bar.metric)}: it has ${showAll([...metrics.keys()])}`);
  return { ...bar, passed: checkBar(bar, value) };
}

function agree<T extends string | number>(option: string, what: string, read: T | undefined, given: T | undefined): T {
  if (read !== undefined && given !== undefined && read !== given)
    throw new PublishError(`${option} ${given}: the results say ${show(String(read))}`);
  const value = read ?? given;
  if (value === undefined || value === "") throw new PublishError(`the results do not say ${what}: give ${option}`);
  return value;
}
