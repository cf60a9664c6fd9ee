import * as z from "zod";
import type { Gap } from "../../../../policies/artifact.ts";
import { isObject } from "../../../../policies/is-object.ts";
import { show } from "../../../../policies/show.ts";
import { refused } from "../../../errors.ts";
import { checkName } from "../../names.ts";
import { collectNumbers, parseField } from "../fields.ts";
import type { BenchmarkResults, FileResults, Format, ModelInFile, TimeInFile } from "../format.ts";
import { nameModel } from "../model-name.ts";
import { toTime } from "../epoch-seconds.ts";

type Fields = Readonly<Record<string, unknown>>;
/** What is in it is looked at where it is read. */
const map = z.custom<Fields>(isObject, "expected an object");
const list = z.custom<readonly unknown[]>(Array.isArray, "expected a list");
const count = z.int().min(0);

const metadata = z.object({ version: z.literal(2), guidellm_version: z.string() });
const requests = z.object({ successful: count, errored: count, incomplete: count, total: count });
const strategy = z.object({
  type_: z.string(),
  streams: z.number().nullish(),
  rate: z.number().nullish(),
  max_concurrency: z.number().nullish(),
  time_scale: z.number().nullish(),
});
const benchmark = z.object({
  config: z.object({ strategy, backend: z.object({ model: z.string().nullish() }) }),
  metrics: map,
  scheduler_metrics: z.object({ requests_made: requests }).nullish(),
  end_time: z.number().nullish(),
});
type Benchmark = z.infer<typeof benchmark>;

/** `benchmarks.json` of GuideLLM, which says how fast a server is. https://github.com/vllm-project/guidellm */
export const guidellm: Format = {
  name: "GuideLLM",

  recognises: (file) =>
    file.kind === "json" &&
    isObject(file.value) &&
    Array.isArray(file.value["benchmarks"]) &&
    isObject(file.value["metadata"]) &&
    Object.hasOwn(file.value["metadata"], "guidellm_version"),

  async read(file, { budget, pause }): Promise<FileResults> {
    const value = parseField([], map, file.kind === "json" ? file.value : undefined);
    const { guidellm_version: version } = parseField(["metadata"], metadata, value["metadata"]);
    const parsed: Benchmark[] = [];
    const entries: Entry[] = [];
    for (const [at, each] of parseField(["benchmarks"], list, value["benchmarks"]).entries()) {
      await pause();
      const place = ["benchmarks", String(at)];
      const one = parseField(place, benchmark, each);
      budget.spend("metrics", Object.keys(one.metrics).length * statistics.size);
      parsed.push(one);
      entries.push(readBenchmark(one, [...place, "metrics"]));
    }
    return {
      evaluator: { name: "guidellm", version },
      benchmarks: entries.map(({ results }) => results),
      model: findModel(parsed),
      ended: findEnd(parsed),
      passedOver: entries.flatMap(({ others }) => others),
    };
  },
};

interface Entry {
  readonly results: BenchmarkResults;
  readonly others: readonly string[];
}

function readBenchmark({ config, metrics, scheduler_metrics: scheduler }: Benchmark, place: readonly string[]): Entry {
  const id = checkName(nameStrategy(config.strategy), "benchmark");
  const totals = parseField([...place, "request_totals"], requests, metrics["request_totals"]);
  const samples = { scored: totals.successful, total: totals.total };
  const facts = { id, version: undefined, samples, gaps: listGaps(totals, scheduler?.requests_made) };
  const others = [...listEmpty(id, metrics)];
  if (totals.total === 0)
    return {
      results: { ...facts, metrics: new Map() },
      others: [...others, `${id}: its metrics are over no requests`],
    };
  const entries = Object.entries(metrics).flatMap(([name, each]) => listStatistics(name, each, place));
  const counts = Object.entries(totals).map(([name, value]): [string, unknown] => [`request_totals.${name}`, value]);
  const numbers = collectNumbers(id, [...counts, ...entries]);
  for (const name of numbers.metrics.keys()) checkName(name, "metric");
  return { results: { ...facts, metrics: numbers.metrics }, others: [...others, ...numbers.others] };
}

/** As GuideLLM prints it. */
function nameStrategy({
  type_: type,
  streams,
  rate,
  max_concurrency: most,
  time_scale: scale,
}: z.infer<typeof strategy>): string {
  if (type === "throughput") return `throughput@${most ?? "unlimited"}`;
  if (typeof streams === "number") return `${type}@${streams}`;
  const speed = rate ?? scale;
  return typeof speed === "number" ? `${type}@${speed.toFixed(2)}` : type;
}

/** Those of a distribution, each by its name and the place in the object. */
const statistics = new Map<string, readonly string[]>([
  ...["mean", "median", "min", "max", "std_dev"].map((name): [string, string[]] => [name, [name]]),
  ...["p001", "p01", "p05", "p10", "p25", "p50", "p75", "p90", "p95", "p99", "p999"].map((name): [string, string[]] => [
    name,
    ["percentiles", name],
  ]),
]);

/** Those over successful requests. Over nothing they are all 0.0 in the file, which would be a very fast server. */
function listStatistics(name: string, metric: unknown, place: readonly string[]): [string, unknown][] {
  const found = getDistribution(metric);
  if (found === undefined || parseField([...place, name, "successful", "count"], count, found["count"]) === 0)
    return [];
  if (isUnmeasured(name, found)) return [];
  return [...statistics].flatMap(([statistic, path]): [string, unknown][] => {
    const value = path.reduce<unknown>((within, key) => (isObject(within) ? within[key] : undefined), found);
    if (value === undefined || value === null) return [];
    return value === 0 && isTime(name) && statistic !== "std_dev" ? [] : [[`${name}.${statistic}`, value]];
  });
}

/**
 * Each request counts 0.0 to a time that was not measured of it: between tokens that came in one piece, or of a connection that
 * its protocol does not have. Nothing takes no time.
 */
function isTime(name: string): boolean {
  return /_ms$|_latency$/.test(name);
}

/** Of half the requests at least. */
function isUnmeasured(name: string, { median }: Fields): boolean {
  return isTime(name) && median === 0;
}

function listEmpty(id: string, metrics: Fields): string[] {
  return Object.entries(metrics).flatMap(([name, metric]): string[] => {
    const found = getDistribution(metric);
    if (found === undefined) return [];
    if (found["count"] === 0) return [`${id} ${show(name)}: it is over no successful request`];
    if (!isUnmeasured(name, found)) return [];
    return [`${id} ${show(name)}: it is 0 for most of what it is over, which is not a time`];
  });
}

/** Undefined for a metric that is not a distribution of what each request showed, or is null. */
function getDistribution(metric: unknown): Fields | undefined {
  const found = isObject(metric) ? metric["successful"] : undefined;
  return isObject(found) && Object.hasOwn(found, "percentiles") ? found : undefined;
}

type Requests = z.infer<typeof requests>;

/** A request may fail outside the part of the run that is measured: where the two counts differ, the higher one counts. */
function listGaps(measured: Requests, made: Requests | undefined): readonly Gap[] {
  const errored = Math.max(measured.errored, made?.errored ?? 0);
  const incomplete = Math.max(measured.incomplete, made?.incomplete ?? 0);
  const total = Math.max(measured.total, made?.total ?? 0);
  return [
    ...(errored > 0 ? [{ kind: "failed", message: `${errored} of ${total} requests failed` } as const] : []),
    ...(incomplete > 0
      ? [{ kind: "skipped", message: `${incomplete} of ${total} requests did not end` } as const]
      : []),
  ];
}

function findModel(benchmarks: readonly Benchmark[]): ModelInFile {
  const [first, ...others] = new Set(benchmarks.map(({ config }) => config.backend.model ?? ""));
  if (others.length > 0)
    throw refused("ARTIFACT_INVALID", `its results are of several models: ${show(first)} and ${show(others[0])}`);
  return nameModel(first ?? "");
}

/** The oldest: what ended later does not freshen it. */
function findEnd(benchmarks: readonly Benchmark[]): TimeInFile {
  const ends = benchmarks.map(({ end_time: end }) => end ?? undefined);
  const known = ends.filter((end) => end !== undefined);
  return known.length < ends.length || known.length === 0
    ? { untimed: "it does not say when it ended" }
    : toTime(known.reduce((a, b) => Math.min(a, b)));
}
