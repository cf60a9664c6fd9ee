import * as z from "zod";
import type { Gap, Samples } from "../../../../policies/artifact.ts";
import { isObject } from "../../../../policies/is-object.ts";
import { show } from "../../../../policies/show.ts";
import { parseListOf, parseMapOf } from "../../../stop-at-first.ts";
import { checkName } from "../../names.ts";
import { toTime } from "../epoch-seconds.ts";
import { parseField, collectNumbers } from "../fields.ts";
import type { BenchmarkResults, FileResults, Format, ModelInFile, TimeInFile } from "../format.ts";
import { nameModel } from "../model-name.ts";

type Fields = Readonly<Record<string, unknown>>;
/** What is in it is looked at where it is read. */
const map = z.custom<Fields>(isObject, "expected an object");
const count = z.int().min(0);

const file = z.object({
  results: map,
  versions: map,
  "n-samples": map,
  group_subtasks: map.nullish(),
  config: z.object({ limit: z.unknown(), model_args: z.unknown() }).partial().nullish(),
  lm_eval_version: z.string().nullish(),
  model_name: z.string().nullish(),
  model_source: z.string().nullish(),
  date: z.number().nullish(),
});
type File = z.infer<typeof file>;

/** A file, and what is needed to count the samples of its groups. */
interface Run {
  readonly file: File;
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Counts what is walked through. */
  spend(members: number): void;
}

const counts = z.object({ original: count, effective: count });
const members = parseListOf(z.string());
const version = z.union([z.string(), z.number()]).nullish();

/** `results_*.json` of lm-evaluation-harness. https://github.com/EleutherAI/lm-evaluation-harness */
export const lmEval: Format = {
  name: "lm-evaluation-harness",

  recognises: (opened) =>
    opened.kind === "json" &&
    isObject(opened.value) &&
    ["results", "versions", "n-samples", "lm_eval_version"].every((key) => Object.hasOwn(Object(opened.value), key)),

  async read(opened, { budget, pause }): Promise<FileResults> {
    const parsed = parseField([], file, opened.kind === "json" ? opened.value : undefined);
    const run = {
      file: parsed,
      groups: readGroups(parsed),
      spend: (walked: number) => budget.spend("metrics", walked),
    };
    const entries: Entry[] = [];
    for (const [id, entry] of Object.entries(parsed.results)) {
      await pause();
      const fields = parseField(["results", id], map, entry);
      budget.spend("metrics", Object.keys(fields).length);
      entries.push(readEntry(id, fields, run));
    }
    return {
      evaluator: { name: "lm_evaluation_harness", version: parsed.lm_eval_version ?? undefined },
      benchmarks: entries.map(({ results }) => results),
      model: findModel(parsed),
      ended: findTime(parsed.date),
      passedOver: entries.flatMap(({ others }) => others),
    };
  },
};

interface Entry {
  readonly results: BenchmarkResults;
  readonly others: readonly string[];
}

function readEntry(id: string, entry: Fields, run: Run): Entry {
  checkName(id, "benchmark");
  const { metrics, others } = collectNumbers(
    id,
    Object.entries(entry).filter(([key]) => isMetric(key)),
  );
  for (const name of metrics.keys()) checkName(name, "metric");
  const { samples, gaps } = run.groups.has(id) ? countGroup(id, entry, run) : countTask(id, run.file);
  const { versions } = run.file;
  const stated = parseField(["versions", id], version, Object.hasOwn(versions, id) ? versions[id] : undefined);
  const facts = { id, version: stated === null || stated === undefined ? undefined : String(stated), samples, gaps };
  if (samples?.scored !== 0) return { results: { ...facts, metrics }, others };
  const none = { ...facts, metrics: new Map<string, number>() };
  return { results: none, others: [...others, `${show(id)}: its metrics are over no samples`] };
}

/** A metric is the name with the filter behind a comma; beside them stand names, counts and each metric's standard error. */
function isMetric(key: string): boolean {
  const [name = "", filter] = key.split(",", 2);
  return filter !== undefined && !name.endsWith("_stderr");
}

interface Counted {
  readonly samples: Samples | undefined;
  readonly gaps: readonly Gap[] | undefined;
}

function countTask(id: string, { "n-samples": all, config }: File): Counted {
  if (!Object.hasOwn(all, id)) return { samples: undefined, gaps: listLimits(config) };
  const { original, effective } = parseField(["n-samples", id], counts, all[id]);
  const samples = { scored: effective, total: original };
  if (effective < original)
    return { samples, gaps: [{ kind: "limited", message: `limited to ${effective} of ${original} samples` }] };
  return { samples, gaps: listLimits(config) ?? [] };
}

/** Undefined where the run was not limited. */
function listLimits(config: File["config"]): readonly Gap[] | undefined {
  const { limit } = config ?? {};
  if (limit === undefined || limit === null) return undefined;
  return [{ kind: "limited", message: `the run was limited to ${show(JSON.stringify(limit))} of each task` }];
}

/** The members of each group: tasks and other groups. */
function readGroups({ group_subtasks: groups }: File): Run["groups"] {
  const entries = Object.entries(groups ?? {}).map(
    ([id, each]) => [id, parseField(["group_subtasks", id], members, each)] as const,
  );
  return new Map(entries.filter(([, { length }]) => length > 0));
}

/** A group's numbers are over the tasks that have them: `sample_count` says how many samples those were, of `sample_len`. */
function countGroup(id: string, entry: Fields, run: Run): Counted {
  const tasks = findTasks(id, run).map((task) => countTask(task, run.file));
  const gaps = tasks.flatMap((task) => task.gaps ?? []).slice(0, 1);
  const total = sumUp(tasks.map(({ samples }) => samples?.total));
  const scored = parseField(["results", id, "sample_count"], parseMapOf(count).nullish(), entry["sample_count"]);
  const [least] = Object.entries(scored ?? {}).toSorted(([, a], [, b]) => a - b);
  if (least === undefined || total === undefined)
    return { samples: undefined, gaps: gaps.length > 0 ? gaps : undefined };
  const [metric, fewest] = least;
  const samples = { scored: fewest, total };
  if (gaps.length > 0 || fewest >= total) return { samples, gaps };
  return { samples, gaps: [{ kind: "skipped", message: `${show(metric)} is over ${fewest} of ${total} samples` }] };
}

/** Undefined where one is not known. */
function sumUp(numbers: readonly (number | undefined)[]): number | undefined {
  return numbers.reduce((sum, one) => (sum === undefined || one === undefined ? undefined : sum + one), 0);
}

/** The tasks in a group and in the groups in it, each once. */
function findTasks(id: string, { groups, spend }: Run): string[] {
  const seen = new Set([id]);
  for (const group of seen) {
    const inside = groups.get(group) ?? [];
    spend(inside.length);
    for (const member of inside) seen.add(member);
  }
  return [...seen].filter((one) => !groups.has(one));
}

/** Arguments that put something on top of the model that they name: its name alone is another model's. */
const changes = /^(?:peft|delta)$|lora|adapter|steer/i;

/** A run whose arguments name no model has a made-up one in the file, and one with an adapter may have the adapter's. */
function findModel({ model_name: name, model_source: source, config }: File): ModelInFile {
  if (source === "dummy") return { unnamed: "its model is a stand-in (dummy)" };
  const args = config?.model_args;
  const keys = isObject(args)
    ? Object.keys(args)
    : (typeof args === "string" ? args : "").split(",").map((one) => one.split("=", 1)[0] ?? "");
  const adapter = keys.find((key) => changes.test(key.trim()));
  if (adapter !== undefined) return { unnamed: `its model has an adapter (${show(adapter)})` };
  if (!keys.some((key) => ["pretrained", "model", "path", "engine"].includes(key.trim())))
    return { unnamed: "the run named no model, and the name in the file is made up" };
  return nameModel(name ?? "");
}

/** Seconds since 1970, when the run began: what ended later is no younger by it. */
function findTime(seconds: number | null | undefined): TimeInFile {
  if (typeof seconds !== "number") return { untimed: "it says no time" };
  return toTime(seconds);
}
