import * as z from "zod";
import type { Gap, Samples } from "../../../../policies/artifact.ts";
import { isObject } from "../../../../policies/is-object.ts";
import { show } from "../../../../policies/show.ts";
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
const task = z.object({ version, original_num_docs: documents, effective_num_docs: documents });
type Task = z.infer<typeof task>;

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
    const averages = collectAverages(entries.map(({ results }) => results));
    return {
      evaluator: { name: "lighteval", version: undefined },
      benchmarks: entries.map(({ results }) => averages.get(results.id) ?? results),
      model: nameModel(parsed.config_general.model_name ?? ""),
      ended: { untimed: "its times count from when the machine was started" },
      passedOver: entries.flatMap(({ others }) => others),
    };
  },
};

interface Entry {
  readonly results: BenchmarkResults;
  readonly others: readonly string[];
}

function readEntry(id: string, entry: Fields, parsed: File): Entry {
  checkName(id, "benchmark");
  const { metrics, others } = collectNumbers(
    id,
    Object.entries(entry).filter(([name]) => !isError(name, entry)),
  );
  for (const name of metrics.keys()) checkName(name, "metric");
  const config = Object.hasOwn(parsed.config_tasks, id)
    ? parseField(["config_tasks", id], task, parsed.config_tasks[id])
    : undefined;
  const { versions } = parsed;
  const own = parseField(["versions", id], version, Object.hasOwn(versions, id) ? versions[id] : undefined);
  const stated = own ?? config?.version;
  const counted = count(config, parsed.config_general.max_samples);
  const facts = { id, version: stated === null || stated === undefined ? undefined : String(stated), ...counted };
  if (counted.samples?.scored !== 0) return { results: { ...facts, metrics }, others };
  const none = new Map<string, number>();
  return { results: { ...facts, metrics: none }, others: [...others, `${id}: its metrics are over no samples`] };
}

const average = /^(?<parent>[^:|]*):_average\|(?<shots>.*)$/s;

/**
 * The averages in a file: `all`, and `mmlu:_average|5` of the tasks `mmlu:…|5`. Each leaves out what its tasks leave out, and
 * the tasks that lack one of its metrics.
 */
function collectAverages(benchmarks: readonly BenchmarkResults[]): ReadonlyMap<string, BenchmarkResults> {
  const tasks = benchmarks.filter(({ id }) => id !== "all" && !average.test(id));
  const families = Map.groupBy(tasks, ({ id }) => nameFamily(id));
  const averages = benchmarks.flatMap((one): [string, BenchmarkResults][] => {
    if (one.id === "all") return [[one.id, withGaps(one, tasks)]];
    const { parent, shots } = average.exec(one.id)?.groups ?? {};
    return parent === undefined ? [] : [[one.id, withGaps(one, families.get(`${parent}|${shots}`) ?? [])]];
  });
  return new Map(averages);
}

/** As lighteval finds the tasks of an average: what stands before the first colon, and the number of shots. */
function nameFamily(id: string): string {
  const [task = "", shots] = id.split("|");
  return `${task.split(":")[0]}|${shots}`;
}

/** How many samples an average is over is not in the file. */
function withGaps(one: BenchmarkResults, tasks: readonly BenchmarkResults[]): BenchmarkResults {
  if (tasks.length === 0) return { ...one, gaps: undefined };
  const having = new Map<string, number>();
  for (const { metrics } of tasks) for (const name of metrics.keys()) having.set(name, (having.get(name) ?? 0) + 1);
  const lacking = [...one.metrics.keys()].find((name) => having.get(name) !== tasks.length);
  const gaps: Gap[] = tasks.flatMap((task) => task.gaps ?? []).slice(0, 1);
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
