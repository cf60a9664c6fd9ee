import * as z from "zod";
import type { Gap, Samples } from "../../../../policies/artifact.ts";
import { isObject } from "../../../../policies/is-object.ts";
import { show } from "../../../../policies/show.ts";
import { parseRfc3339 } from "../../../../policies/time.ts";
import { refused } from "../../../errors.ts";
import { listMetrics, type Metric } from "../../metrics.ts";
import { checkName } from "../../names.ts";
import { parseField } from "../fields.ts";
import type { BenchmarkResults, FileReading, FileResults, Format, ModelInFile, TimeInFile } from "../format.ts";
import { nameModel } from "../model-name.ts";

const count = z.int().min(0);
const text = z.string().nullish();

const setup = z.object({
  "_config.version": text,
  "plugins.target_type": text,
  "plugins.target_name": text,
  "run.soft_probe_prompt_cap": z.number().nullish(),
  "run.eval_threshold": z.number().nullish(),
});
type Setup = z.infer<typeof setup>;
/**
 * The most prompts of a probe that are tried: 256 where nobody chose it. What a probe's own settings say instead is in no report.
 * Null for all of them; undefined where the report does not say it.
 */
type Cap = Setup["run.soft_probe_prompt_cap"];

const evaluation = z.object({
  probe: z.string(),
  detector: z.string(),
  passed: count,
  total_evaluated: count,
  nones: count.nullish(),
  total_processed: count.nullish(),
});
type Evaluation = z.infer<typeof evaluation>;

const completion = z.object({ end_time: text });

/** Lines of these kinds are long, many, or both, and hold no result that counts. garak writes the kind first. */
const unread = /^\{"entry_type": ?"(?:attempt|digest|plugin_cache|init)"/;

/** `*.report.jsonl` of garak: what its `eval` lines count, not what its digest makes of them. https://docs.garak.ai */
export const garak: Format = {
  name: "garak",

  recognises: (file) =>
    file.kind === "json-lines" && isObject(file.first) && file.first["entry_type"] === "start_run setup",

  async read(file, reading): Promise<FileResults> {
    const { first, lines } = file.kind === "json-lines" ? file : { first: undefined, lines: [] };
    const run = parseField(["line 1"], setup, first);
    const { "run.soft_probe_prompt_cap": cap } = run;
    const { evaluations, ended } = await readLines(lines, reading);
    if (ended === undefined)
      throw refused("EVALUATION_INCOMPLETE", "a run of garak did not end: its report has no completion");
    const probes = Map.groupBy(evaluations, ({ probe }) => probe);
    const threshold = run["run.eval_threshold"] ?? usualThreshold;
    return {
      evaluator: { name: "garak", version: checkName(run["_config.version"] ?? undefined, "version") },
      benchmarks: [...probes].map(([probe, ofProbe]) => toResults(probe, ofProbe, cap, threshold)),
      model: findModel(run),
      ended: findTime(ended.end_time),
      passedOver: evaluations.filter(({ total_evaluated: evaluated }) => evaluated === 0).map(explainNothing),
    };
  },
};

interface Lines {
  readonly evaluations: readonly Evaluation[];
  readonly ended: z.infer<typeof completion> | undefined;
}

async function readLines(lines: readonly Buffer[], reading: FileReading): Promise<Lines> {
  const evaluations: Evaluation[] = [];
  let ended: Lines["ended"];
  for (const [at, line] of lines.entries()) {
    if (at === 0 || !mayCount(line)) continue;
    const where = `line ${at + 1}`;
    const value = await reading.json(line, where);
    const kind = isObject(value) ? value["entry_type"] : undefined;
    if (kind === "start_run setup") throw refused("ARTIFACT_INVALID", `${where}: another run begins in it`);
    if (kind === "completion") ended = parseField([where], completion, value);
    if (kind !== "eval") continue;
    reading.budget.spend("metrics", 1);
    evaluations.push(checkCounts(where, parseField([where], evaluation, value)));
  }
  return { evaluations, ended };
}

function mayCount(line: Buffer): boolean {
  const start = line.toString("latin1", 0, 64);
  return start.trim() !== "" && !unread.test(start);
}

function checkCounts(where: string, one: Evaluation): Evaluation {
  const { passed, total_evaluated: evaluated, nones, total_processed: processed } = one;
  if (passed > evaluated || evaluated + (nones ?? 0) > (processed ?? Infinity))
    throw refused("ARTIFACT_INVALID", `its results are malformed at ${where}: its counts contradict one another`);
  checkName(one.probe, "benchmark");
  checkName(one.detector, "metric");
  return one;
}

/** From this score of a detector on an answer fails, where nobody chose another. Only whole numbers stand in a report. */
const usualThreshold = 0.5;

/**
 * A detector's metric is its pass rate: the share of answers in which it found nothing. Higher is better. With another threshold
 * it is another metric.
 */
function toResults(probe: string, all: readonly Evaluation[], cap: Cap, threshold: number): BenchmarkResults {
  const counted = all.filter(({ total_evaluated: evaluated }) => evaluated > 0);
  const rates = counted.map(({ detector, passed, total_evaluated: evaluated }): Metric => [
    threshold === usualThreshold ? detector : `${detector}@${threshold}`,
    passed / evaluated,
  ]);
  return {
    id: probe,
    version: undefined,
    metrics: listMetrics(probe, rates),
    samples: countSamples(all),
    gaps: findGaps(probe, all, cap),
  };
}

function countSamples(all: readonly Evaluation[]): Samples {
  const processed = all.map((one) => one.total_processed ?? undefined);
  return {
    scored: Math.min(...all.map(({ total_evaluated: evaluated }) => evaluated)),
    total: processed.includes(undefined) ? undefined : Math.max(...processed.map((one) => one ?? 0)),
  };
}

/** Attempts without an answer are in no rate, and neither are prompts that were not tried. */
function findGaps(probe: string, all: readonly Evaluation[], cap: Cap): readonly Gap[] | undefined {
  if (all.some((one) => typeof one.nones !== "number" || typeof one.total_processed !== "number")) return undefined;
  const [worst] = all.toSorted((a, b) => left(b) - left(a));
  const unscored: Gap[] = worst === undefined || left(worst) === 0 ? [] : [explainUnscored(worst)];
  const limited = findLimit(probe, all, cap);
  return limited === undefined && unscored.length === 0 ? undefined : [...unscored, ...(limited ?? [])];
}

function explainUnscored(one: Evaluation): Gap {
  const message = `${left(one)} of ${one.total_processed ?? 0} attempts have no answer that ${show(one.detector)} could look at`;
  return { kind: "unscored", message };
}

/** Probes over intents share the prompts out among those, so that fewer than the cap may be left of many. */
const sharesOut = /Intent$/;

/**
 * How many prompts a probe has is not in a report. One that has more than the cap is cut down to as many, each of which is
 * attempted once at least: so fewer attempts than the cap are of all its prompts, and of others nobody knows.
 */
function findLimit(probe: string, all: readonly Evaluation[], cap: Cap): readonly Gap[] | undefined {
  if (cap === null) return [];
  if (cap === undefined || sharesOut.test(probe)) return undefined;
  const attempts = Math.max(...all.map(({ total_processed: processed }) => processed ?? Infinity));
  if (attempts < cap) return [];
  const message = `the run was limited to ${cap} prompts of each probe (soft_probe_prompt_cap), and ${attempts} attempts do not show that this was all`;
  return [{ kind: "limited", message }];
}

function left({ total_processed: processed, total_evaluated: evaluated }: Evaluation): number {
  return (processed ?? 0) - evaluated;
}

function explainNothing({ probe, detector }: Evaluation): string {
  return `${show(probe)} ${show(detector)}: no attempt was evaluated, so that there is no result`;
}

/** What answers without being a model, or is told by an address, has no model's name. */
const nameless = /^(?:test|function|rest|websocket)(?:\.|$)/;

function findModel({ "plugins.target_type": type, "plugins.target_name": name }: Setup): ModelInFile {
  if (nameless.test(type ?? "")) return { unnamed: `its target, ${show(type ?? undefined)}, names no model` };
  return nameModel(name ?? "");
}

/** garak writes the time of the place where it ran. */
function findTime(time: string | null | undefined): TimeInFile {
  if (typeof time !== "string") return { untimed: "it says no time" };
  return parseRfc3339(time) === undefined ? { untimed: `its time is ${show(time)}, which has no zone` } : { time };
}
