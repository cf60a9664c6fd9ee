import type { Benchmark, StatedBound } from "../../../policies/artifact.ts";
import { results, scored, testCheck } from "./case.ts";

const benchmarks = (...rules: Record<string, unknown>[]): Record<string, unknown> => ({ benchmarks: rules });
const mmlu = { provider: "lm_evaluation_harness", id: "mmlu", metric: "acc,none" };

/** `>= 0.62`: a run whose value is not told. */
const bounded = (...texts: string[]): Benchmark => ({
  ...scored(0),
  metrics: new Map(),
  bounds: texts.map((text): StatedBound => {
    const [comparator, threshold = ""] = text.split(" ");
    return { metric: "acc,none", comparator: comparator as StatedBound["comparator"], threshold, passed: true };
  }),
});

testCheck("benchmarks", [
  { says: "within bounds", asks: benchmarks({ ...mmlu, min: 0.642, max: 0.642 }) },
  { says: "below", asks: benchmarks({ ...mmlu, min: 0.65 }), reason: "METRIC_OUT_OF_BOUNDS" },
  { says: "above", asks: benchmarks({ ...mmlu, max: 0.6 }), reason: "METRIC_OUT_OF_BOUNDS" },
  {
    says: "not a number",
    asks: benchmarks({ ...mmlu, min: 0 }),
    content: results(scored(Number.NaN)),
    reason: "METRIC_OUT_OF_BOUNDS",
  },
  {
    says: "another provider's benchmark of that name",
    asks: benchmarks({ ...mmlu, provider: "lighteval", min: 0 }),
    reason: "BENCHMARK_MISSING",
  },
  { says: "any provider's", asks: benchmarks({ id: "mmlu", metric: "acc,none", min: 0.6 }) },
  {
    says: "a metric that is not there",
    asks: benchmarks({ ...mmlu, metric: "acc_norm", min: 0 }),
    reason: "BENCHMARK_MISSING",
  },
  {
    says: "over enough samples, all of them",
    asks: benchmarks({ ...mmlu, min: 0.6, minSamples: 100, complete: true }),
    content: results({ ...scored(0.642), samples: { scored: 100, total: 100 }, gaps: [] }),
  },
  {
    says: "over a sample too few",
    asks: benchmarks({ ...mmlu, min: 0.6, minSamples: 100 }),
    content: results({ ...scored(0.642), samples: { scored: 99, total: 100 } }),
    reason: "SAMPLES_TOO_FEW",
  },
  {
    says: "over nobody knows how many samples",
    asks: benchmarks({ ...mmlu, min: 0.6, minSamples: 1 }),
    reason: "SAMPLES_TOO_FEW",
  },
  {
    says: "over a part of its samples",
    asks: benchmarks({ ...mmlu, min: 0.6, complete: true }),
    content: results({ ...scored(0.642), gaps: [{ kind: "failed", message: "3 of 4 samples failed" }] }),
    reason: "EVALUATION_INCOMPLETE",
  },
  {
    says: "silent about what was left out",
    asks: benchmarks({ ...mmlu, min: 0.6, complete: true }),
    reason: "EVALUATION_INCOMPLETE",
  },
  {
    says: "one run of two over too few samples",
    asks: benchmarks({ ...mmlu, min: 0.6, minSamples: 100 }),
    content: results(
      { ...scored(0.7), samples: { scored: 1000, total: 1000 } },
      { ...scored(0.642), samples: { scored: 10, total: 1000 } },
    ),
    reason: "SAMPLES_TOO_FEW",
  },
  {
    says: "a good run beside a bad one",
    asks: benchmarks({ ...mmlu, min: 0.6 }),
    content: results(scored(0.9), scored(0.1)),
    reason: "METRIC_OUT_OF_BOUNDS",
  },
  ...(
    [
      ["stated as at least as high", [">= 0.62"], { min: 0.62 }],
      ["stated as within both bounds", [">= 0.62", "< 0.7"], { min: 0.6, max: 0.7 }],
      ["stated as less high", [">= 0.62"], { min: 0.63 }, "METRIC_OUT_OF_BOUNDS"],
      ["stated as from above alone", ["<= 0.90"], { min: 0.6 }, "METRIC_OUT_OF_BOUNDS"],
      ["stated as from below alone", [">= 0.10"], { max: 0.4 }, "METRIC_OUT_OF_BOUNDS"],
      ["stated as on one side of two", [">= 0.62"], { min: 0.6, max: 0.7 }, "METRIC_OUT_OF_BOUNDS"],
      ["stated as in percent", [">= 62"], { max: 1 }, "METRIC_OUT_OF_BOUNDS"],
    ] as const
  ).map(([says, met, bounds, reason]) => ({
    says,
    asks: benchmarks({ ...mmlu, ...bounds }),
    content: results(bounded(...met)),
    ...(reason && { reason }),
  })),
  {
    says: "a bound of another metric",
    asks: benchmarks({ ...mmlu, metric: "f1", min: 0 }),
    content: results(bounded(">= 0.62")),
    reason: "BENCHMARK_MISSING",
  },
  {
    says: "a low value beside a high bound",
    asks: benchmarks({ ...mmlu, min: 0.6 }),
    content: results(bounded(">= 0.62"), scored(0.1)),
    reason: "METRIC_OUT_OF_BOUNDS",
  },
  {
    says: "no results (T20)",
    asks: benchmarks({ ...mmlu, min: 0 }),
    content: results(),
    reason: "BENCHMARK_MISSING",
  },
  {
    says: "no results, beside a file that cannot be read",
    asks: benchmarks({ ...mmlu, min: 0 }),
    content: { ...results(), unread: ["b.json cannot be read"] },
    reason: "BENCHMARK_MISSING",
  },
  {
    says: "over all that could be read, beside a file that could not",
    asks: benchmarks({ ...mmlu, min: 0.6, complete: true }),
    content: results({ ...scored(0.642), gaps: [{ kind: "unread", message: "b.json cannot be read" }] }),
    reason: "EVALUATION_INCOMPLETE",
  },
  {
    says: "no content",
    asks: benchmarks({ ...mmlu, min: 0 }),
    content: { kind: "none" },
    reason: "BENCHMARK_MISSING",
  },
  {
    says: "content that was not read",
    asks: benchmarks({ ...mmlu, min: 0 }),
    content: { kind: "not-read" },
    reason: "INTERNAL_ERROR",
  },
  {
    says: "content that is refused",
    asks: benchmarks({ ...mmlu, min: 0 }),
    content: { kind: "refused", reason: "EVIDENCE_CORRUPT", message: "no" },
    reason: "EVIDENCE_CORRUPT",
  },
  {
    says: "content that cannot be had",
    asks: benchmarks({ ...mmlu, min: 0 }),
    content: { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "no" },
    reason: "REGISTRY_UNAVAILABLE",
  },
  { says: "passed", asks: benchmarks({ provider: "garak", id: "toxicity", passed: true }) },
  {
    says: "failed",
    asks: benchmarks({ id: "toxicity", passed: true }),
    content: results({ provider: "garak", id: "toxicity", metrics: new Map(), passed: false }),
    reason: "BENCHMARK_FAILED",
  },
  {
    says: "no verdict is not a pass",
    asks: benchmarks({ id: "mmlu", passed: true }),
    reason: "BENCHMARK_FAILED",
  },
]);
