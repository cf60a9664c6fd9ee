import * as z from "zod";
import type { Gap, Samples } from "../../../../policies/artifact.ts";
import { isObject } from "../../../../policies/is-object.ts";
import { show } from "../../../../policies/show.ts";
import { parseRfc3339 } from "../../../../policies/time.ts";
import { refused } from "../../../errors.ts";
import { parseListOf, parseMapOf } from "../../../stop-at-first.ts";
import { checkName } from "../../names.ts";
import { collectNumbers, parseField } from "../fields.ts";
import type { FileReading, FileResults, Format, ModelInFile, ResultsFile, TimeInFile } from "../format.ts";
import { nameModel } from "../model-name.ts";
import { findEpochGaps } from "./inspect-epochs.ts";

const count = z.int().min(0);
const header = "header.json";

const score = z.object({
  name: z.string(),
  /** The function; a score of several values has a name for each. */
  scorer: z.string().nullish(),
  reducer: z.string().nullish(),
  scored_samples: count.nullish(),
  unscored_samples: count.nullish(),
  metrics: parseMapOf(z.object({ value: z.unknown() })),
});

const log = z.object({
  status: z.string(),
  invalidated: z.boolean().nullish(),
  eval: z.object({
    task: z.string(),
    task_version: z.union([z.number(), z.string()]).nullish(),
    model: z.string(),
    model_args: parseMapOf(z.unknown()).nullish(),
    dataset: z.object({ samples: count.nullish() }).nullish(),
    config: z
      .object({
        limit: z.unknown(),
        sample_id: z.unknown(),
        epochs: count.nullish(),
        log_samples: z.boolean().nullish(),
        score_on_error: z.boolean().nullish(),
      })
      .partial()
      .nullish(),
    packages: parseMapOf(z.string()).nullish(),
  }),
  results: z
    .object({ total_samples: count.nullish(), completed_samples: count.nullish(), scores: parseListOf(score) })
    .nullish(),
  stats: z.object({ completed_at: z.string().nullish() }).nullish(),
});
type Log = z.infer<typeof log>;
type Results = NonNullable<Log["results"]>;

/** A log of Inspect: an archive whose `header.json` has the results, or JSON. https://inspect.aisi.org.uk/eval-logs.html */
export const inspectLog: Format = {
  name: "Inspect",

  recognises: (file) => (file.kind === "zip" ? isArchive(file.entries) : file.kind === "json" && isLog(file.value)),

  async read(file, reading): Promise<FileResults> {
    const parsed = parseField([], log, await findHeader(file, reading));
    if (parsed.status !== "success")
      throw refused("EVALUATION_INCOMPLETE", `the run of ${show(parsed.eval.task)} ended as ${show(parsed.status)}`);
    if (parsed.invalidated === true)
      throw refused(
        "EVALUATION_INCOMPLETE",
        `samples of ${show(parsed.eval.task)} were declared invalid after the run`,
      );
    const { metrics, others, scores } = readScores(parsed, reading);
    const version = parsed.eval.task_version ?? undefined;
    return {
      evaluator: { name: "inspect_ai", version: checkName(parsed.eval.packages?.["inspect_ai"], "version") },
      benchmarks: [
        {
          id: checkName(parsed.eval.task, "benchmark"),
          version: checkName(version === undefined ? undefined : String(version), "version"),
          metrics,
          samples: countSamples(parsed, scores),
          gaps: await findGaps(parsed, scores, file, reading),
        },
      ],
      model: findModel(parsed),
      ended: findTime(parsed),
      passedOver: others,
    };
  },
};

/** The journal is there from the start, the header when the run has ended. */
function isArchive(entries: ReadonlyMap<string, unknown>): boolean {
  return entries.has(header) || entries.has("_journal/start.json");
}

function isLog(value: unknown): boolean {
  return isObject(value) && value["version"] === 2 && isObject(value["eval"]) && typeof value["status"] === "string";
}

async function findHeader(file: ResultsFile, reading: FileReading): Promise<unknown> {
  if (file.kind !== "zip") return file.kind === "json" ? file.value : undefined;
  const entry = file.entries.get(header);
  if (entry === undefined)
    throw refused("EVALUATION_INCOMPLETE", "a run of Inspect did not end: its log has no header");
  const value = await reading.json(await entry.unpack(), header);
  if (!isLog(value)) throw refused("ARTIFACT_INVALID", `its ${header} is not the header of a log`);
  return value;
}

interface Scores {
  readonly metrics: ReadonlyMap<string, number>;
  readonly others: readonly string[];
  /** Those with samples. */
  readonly scores: Results["scores"];
}

/** `<score>/<metric>`: scorers share the names of their metrics. A score that is reduced in several ways has them in its name. */
function readScores({ eval: { task }, results }: Log, { budget }: FileReading): Scores {
  const all = results?.scores ?? [];
  const scores = all.filter(({ scored_samples: scored }) => scored !== 0);
  const times = Map.groupBy(scores, ({ name }) => name);
  const entries = scores.flatMap(({ name, reducer, metrics }) => {
    const isOne = times.get(name)?.length === 1;
    budget.spend("metrics", 1 + Object.keys(metrics).length);
    const prefix = isOne ? name : `${name}/${reducer ?? ""}`;
    return Object.entries(metrics).map(([metric, { value }]) => [`${prefix}/${metric}`, value] as const);
  });
  const { metrics, others } = collectNumbers(task, entries);
  for (const name of metrics.keys()) checkName(name, "metric");
  const unscored = all.filter(({ scored_samples: scored }) => scored === 0);
  const notes = unscored.map(({ name }) => `${show(task)} ${show(name)}: its metrics are over no samples`);
  return { metrics, others: [...others, ...notes], scores };
}

/** Samples are counted once for each epoch as they run, and once in all as they are scored. */
function countSamples({ eval: { dataset, config }, results }: Log, scores: Results["scores"]): Samples | undefined {
  const counts = scores.map(({ scored_samples: scored }) => scored);
  if (counts.length === 0) return { scored: 0, total: dataset?.samples ?? undefined };
  if (!counts.every((scored) => typeof scored === "number")) return undefined;
  const planned = results?.total_samples;
  const total = dataset?.samples ?? (planned ? planned / (config?.epochs ?? 1) : undefined);
  return { scored: Math.min(...counts), total };
}

async function findGaps(
  parsed: Log,
  scores: Results["scores"],
  file: ResultsFile,
  reading: FileReading,
): Promise<readonly Gap[] | undefined> {
  const { config } = parsed.eval;
  const { total_samples: planned, completed_samples: completed } = parsed.results ?? {};
  const samples = countSamples(parsed, scores);
  const gaps: Gap[] = [];
  if (isGiven(config?.limit) || isGiven(config?.sample_id))
    gaps.push({ kind: "limited", message: explainLimit(parsed) });
  if (typeof planned === "number" && typeof completed === "number" && completed < planned)
    gaps.push({ kind: "failed", message: `${planned - completed} of ${planned} samples failed` });
  const unscored = Math.max(0, ...scores.map(({ unscored_samples: some }) => some ?? 0));
  if (unscored > 0) gaps.push({ kind: "unscored", message: `${unscored} samples were not scored` });
  else if (gaps.length === 0 && samples?.total !== undefined && samples.scored < samples.total)
    gaps.push({ kind: "unscored", message: `${samples.scored} of ${samples.total} samples were scored` });
  const epochs = countEpochs(parsed);
  if (gaps.length === 0 && epochs > 1 && typeof planned === "number") {
    const names = scores.map(({ name, scorer }) => ({ name, scorer: scorer ?? name }));
    gaps.push(...(await findEpochGaps({ epochs, planned, scores: names }, file, reading)));
  }
  // Without its samples a log counts those that failed and were scored all the same among the completed ones.
  const isCounted = config?.log_samples !== false || config.score_on_error !== true;
  const isKnown =
    isCounted && typeof planned === "number" && typeof completed === "number" && samples?.total !== undefined;
  return gaps.length > 0 || isKnown ? gaps : undefined;
}

/** As the run was configured; and at least as often as it was planned over the samples that there are. */
function countEpochs({ eval: { dataset, config }, results }: Log): number {
  const planned = results?.total_samples ?? 0;
  const samples = dataset?.samples ?? planned;
  return Math.max(config?.epochs ?? 1, samples > 0 ? Math.ceil(planned / samples) : 1);
}

function explainLimit({ eval: { dataset }, results }: Log): string {
  return `limited to ${results?.total_samples ?? "some"} of ${dataset?.samples ?? "its"} samples`;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Behind the provider's name. Where a provider loads the model from a folder the name is one that the run made up. */
function findModel({ eval: { model, model_args: args } }: Log): ModelInFile {
  const path = Object.entries(args ?? {}).find(([key]) => key === "model_path");
  if (path !== undefined) return { unnamed: "it names the model by a path, model_path" };
  const at = model.indexOf("/");
  const name = model.slice(at + 1);
  if (model === "" || name === "none") return { unnamed: "it names no model" };
  const named = nameModel(name);
  return "names" in named && at > 0 ? { names: [name, model] } : named;
}

function findTime({ stats }: Log): TimeInFile {
  const time = stats?.completed_at ?? "";
  if (time === "") return { untimed: "it says no time" };
  return parseRfc3339(time) === undefined ? { untimed: `its time is ${show(time)}, which has no zone` } : { time };
}
