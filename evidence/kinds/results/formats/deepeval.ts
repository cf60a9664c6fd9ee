import * as z from "zod";
import type { Gap } from "../../../../policies/artifact.ts";
import { isObject } from "../../../../policies/is-object.ts";
import { show } from "../../../../policies/show.ts";
import { refused } from "../../../errors.ts";
import { parseListOf } from "../../../stop-at-first.ts";
import { checkName } from "../../names.ts";
import { collectNumbers, parseField } from "../fields.ts";
import type { BenchmarkResults, FileResults, Format } from "../format.ts";

/** What is in it is looked at where it is counted. */
const list = z.custom<readonly unknown[]>(Array.isArray, "expected a list");
const count = z.int().min(0);

const run = z.object({ metricsScores: list, testCases: list, conversationalTestCases: list.nullish() });
const metric = z.object({
  metric: z.string(),
  scores: parseListOf(z.number()),
  passes: count,
  fails: count,
  errors: count,
});
type Metric = z.infer<typeof metric>;

/** `test_run_*.json` of DeepEval, and the same as it keeps it in `.deepeval`. https://github.com/confident-ai/deepeval */
export const deepeval: Format = {
  name: "DeepEval",

  recognises: (file) => file.kind === "json" && isRun(unwrap(file.value).value),

  async read(file, { budget, pause }): Promise<FileResults> {
    const { value, place } = unwrap(file.kind === "json" ? file.value : undefined);
    const { metricsScores, testCases, conversationalTestCases } = parseField(place, run, value);
    const cases = testCases.length + (conversationalTestCases?.length ?? 0);
    const entries: Entry[] = [];
    for (const [at, each] of metricsScores.entries()) {
      await pause();
      budget.spend("metrics", 1 + countScores(each));
      const where = [...place, "metricsScores", String(at)];
      entries.push(readMetric(parseField(where, metric, each), cases, where));
    }
    return {
      evaluator: { name: "deepeval", version: undefined },
      benchmarks: entries.map(({ results }) => results),
      model: { unnamed: "it names no model" },
      ended: { untimed: "it says no time" },
      passedOver: entries.flatMap(({ others }) => others),
    };
  },
};

interface Entry {
  readonly results: BenchmarkResults;
  readonly others: readonly string[];
}

/** The run of the rolling file stands in a field of it. */
function unwrap(value: unknown): { readonly value: unknown; readonly place: readonly string[] } {
  return isObject(value) && isObject(value["testRunData"])
    ? { value: value["testRunData"], place: ["testRunData"] }
    : { value, place: [] };
}

function isRun(value: unknown): boolean {
  return isObject(value) && Object.hasOwn(value, "metricsScores") && Object.hasOwn(value, "testCases");
}

function countScores(value: unknown): number {
  const scores = isObject(value) ? value["scores"] : undefined;
  return Array.isArray(scores) ? scores.length : 0;
}

/** Each of DeepEval's metrics is a benchmark: how many of the test cases passed it, and the mean of their scores. */
function readMetric(found: Metric, cases: number, place: readonly string[]): Entry {
  const { metric: id, scores, passes, fails, errors } = found;
  checkName(id, "benchmark");
  if (scores.length !== passes + fails)
    throw refused(
      "ARTIFACT_INVALID",
      `${show(place.join("."))} has ${scores.length} scores, of ${passes} test cases that passed and ${fails} that failed`,
    );
  const total = scores.length + errors;
  const facts = { id, version: undefined, samples: { scored: scores.length, total }, gaps: listGaps(found, cases) };
  if (scores.length === 0)
    return { results: { ...facts, metrics: new Map() }, others: [`${show(id)}: its metrics are over no test cases`] };
  const { metrics, others } = collectNumbers(id, [
    ["score", scores.reduce((sum, score) => sum + score, 0) / scores.length],
    ["passRate", passes / total],
  ]);
  return { results: { ...facts, metrics }, others };
}

/** A test case whose metric raised an error has no score; one that lacks what a metric needs may be skipped, and is not counted. */
function listGaps({ scores, errors }: Metric, cases: number): readonly Gap[] {
  const total = scores.length + errors;
  return [
    ...(errors > 0 ? [{ kind: "failed", message: `${errors} of ${total} test cases have no score` } as const] : []),
    ...(total < cases ? [{ kind: "skipped", message: `judged on ${total} of ${cases} test cases` } as const] : []),
  ];
}
