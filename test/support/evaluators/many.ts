import type { Json } from "../artifacts.ts";
import {
  deepevalFile,
  distribution,
  evalplusAttempt,
  evalplusFile,
  guidellmBenchmark,
  guidellmFile,
  lightevalFile,
  promptfooFile,
  promptfooPrompt,
} from "./files.ts";

const list = <T>(count: number, of: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => of(at));
const map = (count: number, of: (at: number) => unknown): Json =>
  Object.fromEntries(list(count, (at) => [`k${at}`, of(at)]));

/** Makers of files with a number of each thing that a reader of them goes through. */
export const manyOf: readonly ((count: number) => Json)[] = [
  (count) => ({ ...guidellmFile(), benchmarks: list(Math.min(count, 500), () => guidellmBenchmark()) }),
  (count) =>
    guidellmFile(
      {},
      map(count, () => ({ successful: distribution(1, 1) })),
    ),
  (count) => promptfooFile({ namedScores: map(count, () => 1), namedScoreWeights: map(count, () => 1) }),
  (count) => promptfooFile({}, { results: { version: 3, prompts: list(count, () => promptfooPrompt()) } }),
  (count) => promptfooFile({}, {}, { tests: list(count, (at) => ({ vars: { at: String(at) } })) }),
  (count) => promptfooFile({}, {}, { providers: list(count, () => ({ id: "a", label: "b" })) }),
  (count) =>
    promptfooFile(
      {},
      {
        results: { version: 3, prompts: [promptfooPrompt({}, { provider: "a:".repeat(count) })] },
      },
    ),
  (count) => deepevalFile({}, { scores: list(count, () => 1), passes: count, fails: 0 }),
  (count) =>
    deepevalFile({
      metricsScores: list(count, (at) => ({ metric: `m${at}`, scores: [1], passes: 1, fails: 0, errors: 0 })),
    }),
  (count) =>
    evalplusFile({ eval: Object.fromEntries(list(count, (at) => [`Mbpp/${at}`, [evalplusAttempt("pass", "fail")]])) }),
  (count) => evalplusFile({ eval: { "Mbpp/2": list(count, () => evalplusAttempt("pass", null)) } }),
  (count) => lightevalFile({}, { results: map(count, () => ({ em: 1 })) }),
  (count) => lightevalFile({}, { results: { t: map(count, () => 1) } }),
];
