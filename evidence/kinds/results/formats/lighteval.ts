import * as z from "zod";
import type { Gap, Samples } from "../../../../policies/artifact.ts";
import { isObject } from "../../../../policies/is-object.ts";
import { show } from "../../../../policies/show.ts";
import { parseListOf } from "../../../stop-at-first.ts";
import { checkName } from "../../names.ts";
import { collectNumbers, parseField } from "../fields.ts";
import type { BenchmarkResults, FileResults, Format } from "../format.ts";
import { nameModel } from "../model-name.ts";

type Fields = Readonly<Record<string, unknown>>;
/** What is in it is looked at where it is read. */
const map = z.custom<Fields>(isObject, "expected an object");

const file = z.object({
  config_general: z.object({ model_name: z.string().nullable(), max_samples: z.int().nullable() }),
  results: map,
  versions: map,
  config_tasks: map,
});
type File = z.infer<typeof file>;

const version = z.union([z.string(), z.number()]).nullish();
/** -1 where lighteval did not count, which 0.13.0 never does. */
const documents = z.int().min(-1).nullish();
const configured = parseListOf(z.object({ metric_name: z.union([z.string(), parseListOf(z.string())]) }));
const taskConfig = z.object({
  version,
  original_num_docs: documents,
  effective_num_docs: documents,
  metrics: configured.nullish(),
});
type Task = z.infer<typeof taskConfig>;

/** `results_*.json` of lighteval. https://github.com/huggingface/lighteval */
export const lighteval: Format = {
  name: "lighteval",

  recognises: (opened) =>
    opened.kind === "json" &&
    isObject(opened.value) &&
    ["config_general", "results", "config_tasks", "summary_tasks"].every((key) =>
      Object.hasOwn(Object(opened.value), key),
    ),

  async read(opened, { budget, pause }): Promise<FileResults> {
    const parsed = parseField([], file, opened.kind === "json" ? opened.value : undefined);
    const entries: Entry[] = [];
    for (const [id, entry] of Object.entries(parsed.results)) {
      await pause();
      const fields = parseField(["results", id], map, entry);
      budget.spend("metrics", Object.keys(fields).length);
      entries.push(readEntry(id, fields, parsed));
    }
    const averages = collectAverages(entries);
    const all = entries.map((entry) => averages.get(entry.results.id) ?? entry);
    return {
      evaluator: { name: "lighteval", version: undefined },
      benchmarks: all.map(({ results }) => results),
      model: nameModel(parsed.config_general.model_name ?? ""),
      ended: { untimed: "its times count from when the machine was started" },
      passedOver: all.flatMap(({ others }) => others),
    };
  },
};

interface Entry {
  readonly results: BenchmarkResults;
  readonly others: readonly string[];
}

function readEntry(id: string, entry: Fields, parsed: File): Entry {
  checkName(id, "benchmark");
  const config = Object.hasOwn(parsed.config_tasks, id)
    ? parseField(["config_tasks", id], taskConfig, parsed.config_tasks[id])
    : undefined;
  const madeUp = findMadeUp(entry, config);
  const { metrics, others: odd } = collectNumbers(
    id,
    Object.entries(entry).filter(([name]) => !isError(name, entry) && !madeUp.has(name)),
  );
  const others = [...odd, ...[...madeUp].map((name) => `${show(id)} ${show(name)}: the task has no such metric`)];
  for (const name of metrics.keys()) checkName(name, "metric");
  const { versions } = parsed;
  const own = parseField(["versions", id], version, Object.hasOwn(versions, id) ? versions[id] : undefined);
  const stated = own ?? config?.version;
  const counted = count(config, parsed.config_general.max_samples);
  const facts = { id, version: stated === null || stated === undefined ? undefined : String(stated), ...counted };
  if (counted.samples?.scored !== 0) return { results: { ...facts, metrics }, others };
  const none = new Map<string, number>();
  return { results: { ...facts, metrics: none }, others: [...others, `${id}: its metrics are over no samples`] };
}

/**
 * Where lighteval averages a metric over tasks of which one lacks it, that task gets it in the file as well, as 0.0. Names of
 * metrics that a task was set up with are those of all others.
 */
function findMadeUp(entry: Fields, config: Task | undefined): ReadonlySet<string> {
  if (config?.metrics === undefined || config.metrics === null) return new Set();
  const known = new Set(config.metrics.flatMap(({ metric_name: name }) => name));
  return new Set(Object.keys(entry).filter((name) => entry[name] === 0 && !isError(name, entry) && !known.has(name)));
}

const average = /^(?<parent>[^:|]*):_average\|(?<shots>.*)$/s;

/**
 * The averages in a file: `all`, and `mmlu:_average|5` of the tasks `mmlu:…|5`. Each leaves out what its tasks leave out. `all` is
 * over the tasks that have a metric; the others count 0.0 for one that they do not have, which is not an average of anything.
 */
function collectAverages(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  const tasks = entries.map(({ results }) => results).filter(({ id }) => id !== "all" && !average.test(id));
  const families = Map.groupBy(tasks, ({ id }) => nameFamily(id));
  const averages = entries.flatMap(({ results, others }): [string, Entry][] => {
    if (results.id === "all") return [[results.id, { results: withGaps(results, tasks), others }]];
    const { parent, shots } = average.exec(results.id)?.groups ?? {};
    if (parent === undefined) return [];
    const family = families.get(`${parent}|${shots}`) ?? [];
    const { metrics, lacking } = splitMetrics(results, family);
    const dropped = lacking.map((name) => `${show(results.id)} ${show(name)}: not all of its tasks have it`);
    return [[results.id, { results: withGaps({ ...results, metrics }, family), others: [...others, ...dropped] }]];
  });
  return new Map(averages);
}

/** Those that all tasks have, and the names of the others. */
function splitMetrics({ metrics }: BenchmarkResults, tasks: readonly BenchmarkResults[]) {
  const having = countHaving(tasks);
  const shared = [...metrics].filter(([name]) => having.get(name) === tasks.length || tasks.length === 0);
  const names = new Set(shared.map(([name]) => name));
  return { metrics: new Map(shared), lacking: [...metrics.keys()].filter((name) => !names.has(name)) };
}

/** How many tasks have each metric. */
function countHaving(tasks: readonly BenchmarkResults[]): ReadonlyMap<string, number> {
  const having = new Map<string, number>();
  for (const { metrics } of tasks) for (const name of metrics.keys()) having.set(name, (having.get(name) ?? 0) + 1);
  return having;
}

/** As lighteval finds the tasks of an average: what stands before the first colon, and the number of shots. */
function nameFamily(id: string): string {
  const [task = "", shots] = id.split("|");
  return `${task.split(":")[0]}|${shots}`;
}

/** How many samples an average is over is not in the file. */
function withGaps(one: BenchmarkResults, tasks: readonly BenchmarkResults[]): BenchmarkResults {
  if (tasks.length === 0) return { ...one, gaps: undefined };
  const having = countHaving(tasks);
  const lacking = [...one.metrics.keys()].find((name) => having.get(name) !== tasks.length);
  const gaps: Gap[] = tasks.flatMap(({ gaps: own }) => own ?? []).slice(0, 1);
  if (lacking !== undefined) {
    const message = `${show(lacking)} is over ${having.get(lacking) ?? 0} of ${tasks.length} tasks`;
    gaps.push({ kind: "skipped", message });
  }
  return { ...one, gaps };
}

/** The standard error of the metric beside it. */
function isError(name: string, entry: Fields): boolean {
  return name.endsWith("_stderr") && Object.hasOwn(entry, name.slice(0, -"_stderr".length));
}

/** A limit is one for each task, so an average over tasks has it as well. */
function count(
  config: Task | undefined,
  maxSamples: number | null,
): { samples: Samples | undefined; gaps: readonly Gap[] } {
  const { original_num_docs: total = -1, effective_num_docs: scored = -1 } = config ?? {};
  const samples = total === null || scored === null || total < 0 || scored < 0 ? undefined : { scored, total };
  const isLimited = maxSamples !== null && maxSamples !== 0;
  const gaps: Gap[] = isLimited
    ? [{ kind: "limited", message: `the run was limited to ${maxSamples} samples of each task` }]
    : [];
  if (samples !== undefined && samples.scored < samples.total && !isLimited)
    gaps.push({ kind: "limited", message: `limited to ${samples.scored} of ${samples.total} samples` });
  return { samples, gaps };
}
