import * as z from "zod";
import type { Gap } from "../../../../policies/artifact.ts";
import { isObject } from "../../../../policies/is-object.ts";
import { show } from "../../../../policies/show.ts";
import { limits } from "../../../../registry/limits.ts";
import { checkName } from "../../names.ts";
import { collectNumbers, parseField } from "../fields.ts";
import type { BenchmarkResults, FileResults, Format, TimeInFile } from "../format.ts";
import { countTests } from "./promptfoo-tests.ts";
import { nameProvider } from "./promptfoo-provider.ts";

type Fields = Readonly<Record<string, unknown>>;
/** What is in it is looked at where it is read. */
const map = z.custom<Fields>(isObject, "expected an object");
const list = z.custom<readonly unknown[]>(Array.isArray, "expected a list");
const count = z.int().min(0);

const file = z.object({
  results: z.object({ version: z.literal(3), timestamp: z.string().nullish(), prompts: list }),
  config: map,
  metadata: z.object({ promptfooVersion: z.string() }).partial().nullish(),
  runtimeOptions: z.object({ repeat: z.number() }).partial().nullish(),
});

const prompt = z.object({
  label: z.string(),
  provider: z.string(),
  metrics: z.object({
    score: z.number(),
    testPassCount: count,
    testFailCount: count,
    testErrorCount: count,
    namedScores: map.nullish(),
    namedScoresCount: map.nullish(),
    namedScoreWeights: map.nullish(),
  }),
});
type Prompt = z.infer<typeof prompt>;

/** What `promptfoo eval -o results.json` writes. https://github.com/promptfoo/promptfoo */
export const promptfoo: Format = {
  name: "promptfoo",

  recognises: (opened) =>
    opened.kind === "json" &&
    isObject(opened.value) &&
    ["evalId", "results", "config"].every((key) => Object.hasOwn(Object(opened.value), key)),

  async read(opened, { budget, pause }): Promise<FileResults> {
    const parsed = parseField([], file, opened.kind === "json" ? opened.value : undefined);
    const expected = countTests(parsed.config, parsed.runtimeOptions?.repeat ?? 1);
    const description = parsed.config["description"];
    const prompts: Prompt[] = [];
    const entries: Entry[] = [];
    for (const [at, each] of parsed.results.prompts.entries()) {
      await pause();
      const one = parseField(["results", "prompts", String(at)], prompt, each);
      budget.spend("metrics", 2 + Object.keys(one.metrics.namedScores ?? {}).length);
      prompts.push(one);
      entries.push(
        readPrompt(typeof description === "string" && description !== "" ? description : one.label, one, expected),
      );
    }
    return {
      evaluator: { name: "promptfoo", version: parsed.metadata?.promptfooVersion },
      benchmarks: entries.flatMap(({ results }) => results ?? []),
      model: nameProvider(
        prompts.map(({ provider }) => provider),
        parsed.config,
      ),
      ended: findTime(parsed.results.timestamp),
      passedOver: entries.flatMap(({ others }) => others),
    };
  },
};

interface Entry {
  readonly results?: BenchmarkResults;
  readonly others: readonly string[];
}

/** One prompt, asked of one provider. Its scores are sums in the file: what is offered is how large a part each is. */
function readPrompt(id: string, { metrics }: Prompt, expected: number | undefined): Entry {
  if (id.length > limits.nameCharacters)
    return { others: [`the prompt ${show(id)} is too long for a name: give the config a description`] };
  const { testPassCount: passed, testFailCount: failed, testErrorCount: errors } = metrics;
  const total = passed + failed + errors;
  const samples = { scored: passed + failed, total: Math.max(total, expected ?? 0) };
  const facts = { id, version: undefined, samples, gaps: listGaps(total, errors, expected) };
  if (samples.scored === 0)
    return { results: { ...facts, metrics: new Map() }, others: [`${show(id)}: its metrics are over no tests`] };
  const named = listNamed(id, metrics);
  const numbers = collectNumbers(id, [
    ["passRate", passed / total],
    ["score", metrics.score / total],
    ...named.entries,
  ]);
  for (const name of numbers.metrics.keys()) checkName(name, "metric");
  return { results: { ...facts, metrics: numbers.metrics }, others: [...numbers.others, ...named.others] };
}

/** Each by the weight of the assertions that it sums up, where promptfoo says it; one that it computes has none and is not a sum. */
function listNamed(
  id: string,
  { namedScores, namedScoresCount, namedScoreWeights }: Prompt["metrics"],
): {
  readonly entries: [string, unknown][];
  readonly others: string[];
} {
  const entries: [string, unknown][] = [];
  const others: string[] = [];
  for (const [name, sum] of Object.entries(namedScores ?? {})) {
    const weight = (namedScoreWeights ?? namedScoresCount)?.[name];
    if (typeof weight === "number" && weight > 0)
      entries.push([`namedScores.${name}`, typeof sum === "number" ? sum / weight : sum]);
    else others.push(`${show(id)} ${show(name)}: how much it is a sum of is not there`);
  }
  return { entries, others };
}

/** Undefined where the file does not show that nothing is left out: a run can be limited to some tests, and does not say so. */
function listGaps(total: number, errors: number, expected: number | undefined): readonly Gap[] | undefined {
  const gaps: Gap[] = [];
  if (errors > 0) gaps.push({ kind: "failed", message: `${errors} of ${total} tests got no answer` });
  if (expected !== undefined && total < expected)
    gaps.push({ kind: "limited", message: `ran ${total} of ${expected} tests` });
  return gaps.length > 0 || total === expected ? gaps : undefined;
}

function findTime(timestamp: string | null | undefined): TimeInFile {
  return typeof timestamp === "string" ? { time: timestamp } : { untimed: "it says no time" };
}
