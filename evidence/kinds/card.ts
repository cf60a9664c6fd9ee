import * as z from "zod";
import type { Benchmark, Content, PrimaryScore, ResultsArtifact } from "../../policies/artifact.ts";
import { show } from "../../policies/show.ts";
import type { StringMap } from "../../policies/workload.ts";
import { refused } from "../errors.ts";
import { limits } from "../../registry/limits.ts";
import { readPrimaryScore, readVerdict, listRulesByRow, type Rule, type RuleOf } from "./card-verdict.ts";
import { findContradiction } from "./contradiction.ts";
import type { ContentBudget } from "../content-budget.ts";
import type { Reading } from "./kind.ts";
import { listMetrics, toNumber, type Metric } from "./metrics.ts";
import { checkName } from "./names.ts";

const text = z.string().nullish();
/** Text in a card; a number in the answers of the server's API. */
const score = z.union([z.string(), z.number()]).nullish();

const rule = z.object({
  id: z.string(),
  provider_id: text,
  primary_score: z.object({ metric: text, lower_is_better: z.boolean().nullish() }).nullish(),
});

const row = z.object({
  id: z.string(),
  provider_id: text,
  status: text,
  /** A message with a code. Only whether there is one is read. */
  error_message: z.unknown().optional(),
  /** What is in it is looked at where it is counted. */
  metrics: z.custom<Readonly<Record<string, unknown>>>(isMap).nullish(),
  /** What else stands there is of no interest, and what is malformed names nothing. */
  artifacts: z.object({ oci_reference: text, oci_digest: text }).nullish().catch(undefined),
  test: z.object({ primary_score: score, threshold: score, pass: z.boolean() }).nullish(),
});

/** Counted before anything in it is looked at. */
const list = z
  .custom<readonly unknown[]>(Array.isArray, "expected an array")
  .refine(({ length }) => length <= limits.benchmarks, { message: `more than ${limits.benchmarks} entries` });

const card = z.object({
  card_version: z.literal("1.0"),
  schema_version: z.literal("1.0"),
  metadata: z.object({ evaluation_job_id: z.string().min(1), created_at: text, updated_at: text }),
  context: z
    .object({
      model: z.object({ name: text }).nullish(),
      collection_id: text,
      benchmarks: list.nullish(),
    })
    .nullish(),
  results: z.object({
    status: z.object({ state: z.string() }),
    benchmarks: list.nullish(),
  }),
});

/** An EvalHub evaluation card, as far as it is read. Whoever can push may have written it: attacker-controlled. */
export interface Card extends z.infer<typeof card> {
  readonly rows: readonly z.infer<typeof row>[];
  readonly rules: readonly Rule[];
}

/** Throws ARTIFACT_INVALID for another version, and where a field that is read is missing or has another type. */
export async function parseCard(value: unknown, { pause }: Pick<Reading, "pause">): Promise<Card> {
  const parsed = parseAt([], card, value);
  const rules = await parseEach(["context", "benchmarks"], rule, parsed.context?.benchmarks ?? [], pause);
  const rows = await parseEach(["results", "benchmarks"], row, parsed.results.benchmarks ?? [], pause);
  return { ...parsed, rows, rules };
}

/** Entries that are parsed in about a millisecond. */
const entriesAtOnce = 128;

async function parseEach<T>(
  place: readonly string[],
  schema: z.ZodType<T>,
  entries: readonly unknown[],
  pause: () => Promise<void>,
): Promise<T[]> {
  const parsed: T[] = [];
  for (const [at, entry] of entries.entries()) {
    if (at > 0 && at % entriesAtOnce === 0) await pause();
    parsed.push(parseAt([...place, String(at)], schema, entry));
  }
  return parsed;
}

function parseAt<T>(place: readonly string[], schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = [...place, ...(issue?.path ?? []).map(String)].join(".");
  throw refused("ARTIFACT_INVALID", `the evaluation card is malformed at ${show(path)}: ${issue?.message}`);
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Every row as one benchmark, with its own verdict: that of the whole collection hides a failed row, so it is not read.
 *
 * Throws EVALUATION_INCOMPLETE for a job that did not complete, and ARTIFACT_INVALID for a card without rows, one that
 * contradicts the manifest's annotations, and one whose verdicts contradict its scores.
 */
export function interpretCard(
  { metadata, context, results, rows, rules }: Card,
  annotations: StringMap,
  budget: ContentBudget,
): Content {
  const { state } = results.status;
  if (state !== "completed") throw refused("EVALUATION_INCOMPLETE", `the evaluation job ended as ${show(state)}`);
  if (rows.length === 0) throw refused("ARTIFACT_INVALID", "its results are empty");
  refuseContradictions(annotations, [
    ["evaluation_job_id", [metadata.evaluation_job_id]],
    ["io.github.eval-hub.job_id", [metadata.evaluation_job_id]],
    ["io.github.eval-hub.model", [context?.model?.name]],
    ["io.github.eval-hub.benchmark_id", rows.map(({ id }) => id)],
    ["io.github.eval-hub.provider_id", rows.map(({ provider_id }) => provider_id)],
    ["dev.assaygate.collection.id", [context?.collection_id]],
  ]);
  const ruleOf = listRulesByRow(rules);
  return {
    kind: "read",
    benchmarks: rows.map((one) => toBenchmark(one, ruleOf, budget)),
    stated: { modelName: context?.model?.name || undefined, collectionId: context?.collection_id || undefined },
    job: metadata.evaluation_job_id,
    completedAt: metadata.updated_at ?? metadata.created_at ?? undefined,
  };
}

type StatedField = readonly [key: string, values: readonly (string | null | undefined)[]];

/** An annotation must be one of the values that the card states, where it states any. */
function refuseContradictions(annotations: StringMap, stated: readonly StatedField[]): void {
  for (const [key, values] of stated) {
    const claimed = annotations[key];
    const known = values.flatMap((value) => value ?? []);
    if (claimed !== undefined && known.length > 0 && !known.includes(claimed)) {
      throw findContradiction(key, claimed, known[0]);
    }
  }
}

/** A row that did not complete is not a result: what it measured until then counts for nothing. */
function toBenchmark(one: z.infer<typeof row>, ruleOf: RuleOf, budget: ContentBudget): Benchmark {
  const { id, provider_id: provider, status, metrics } = one;
  const completed = (status ?? "completed") === "completed" && !one.error_message;
  const entries = Object.entries((completed ? metrics : undefined) ?? {});
  budget.spend("metrics", entries.length);
  return {
    provider: checkName(provider ?? undefined, "provider"),
    id: checkName(id, "benchmark"),
    metrics: listMetrics(
      id,
      entries.flatMap(([name, value]): Metric[] => {
        const number = toNumber(value);
        return number === undefined ? [] : [[name, number]];
      }),
    ),
    passed: completed ? readVerdict(one, ruleOf(id, provider)) : false,
    resultsArtifact: readNamed(one, completed ? readPrimaryScore(one, ruleOf(id, provider)) : undefined),
  };
}

function readNamed({ artifacts }: z.infer<typeof row>, rests: PrimaryScore | undefined): ResultsArtifact {
  const { oci_reference: reference, oci_digest: digest } = artifacts ?? {};
  if (!reference && !digest) return { kind: "none" };
  return {
    kind: "named",
    reference: reference ?? undefined,
    digest: digest ?? undefined,
    ...(rests && { score: rests }),
  };
}
