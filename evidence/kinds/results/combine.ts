import type { Benchmark, Content, Evaluator, StatedFields } from "../../../policies/artifact.ts";
import { parseRfc3339 } from "../../../policies/time.ts";
import { show } from "../../../policies/show.ts";
import type { StringMap } from "../../../policies/workload.ts";
import { refused } from "../../errors.ts";
import { limits } from "../../../registry/limits.ts";
import { findContradiction } from "../contradiction.ts";
import type { FileResults } from "./format.ts";

type Results = Extract<Content, { kind: "read" }>;

/** What evaluators' files say together. */
export type EvaluatorResults = Pick<Results, "benchmarks" | "completedAt" | "evaluators" | "passedOver" | "stated">;

const modelKeys = ["dev.assaygate.model.name", "io.github.eval-hub.model"];
const benchmarkKey = "io.github.eval-hub.benchmark_id";
/** Of what is said about files and is not a result. */
const maxPassedOver = 32;

/**
 * Every benchmark of every file: where two tell of the same one both count, and so the worst. Throws ARTIFACT_INVALID where a
 * file names another model than an annotation or another file, and where none holds a single metric.
 */
export function combineFiles(files: readonly FileResults[], annotations: StringMap): EvaluatorResults {
  for (const file of files) refuseContradiction(file, annotations);
  const benchmarks = files.flatMap(toBenchmarks);
  const claimed = annotations[benchmarkKey];
  if (claimed !== undefined && !benchmarks.some(({ id }) => id === claimed))
    throw findContradiction(benchmarkKey, claimed, benchmarks[0]?.id);
  if (benchmarks.length > limits.benchmarks)
    throw refused("ARTIFACT_INVALID", `more than ${limits.benchmarks} results in its files`);
  if (benchmarks.every(({ metrics }) => metrics.size === 0))
    throw refused("ARTIFACT_INVALID", `its results are empty${explain(files)}`);
  return {
    benchmarks,
    stated: { ...findModel(files), collectionId: undefined, isUntimed: files.some(({ ended }) => "untimed" in ended) },
    evaluators: listEvaluators(files),
    completedAt: findOldest(files),
    passedOver: files.flatMap(listNotes).slice(0, maxPassedOver),
  };
}

/** Each tool in each version once. */
function listEvaluators(files: readonly FileResults[]): Evaluator[] {
  const all = files.map(({ evaluator }) => [JSON.stringify([evaluator.name, evaluator.version]), evaluator] as const);
  return [...new Map(all).values()];
}

function toBenchmarks({ evaluator, benchmarks }: FileResults): Benchmark[] {
  return benchmarks.map((one) => ({ provider: evaluator.name, passed: undefined, evaluator, ...one }));
}

function explain(files: readonly FileResults[]): string {
  const [first] = files.flatMap(({ passedOver }) => passedOver);
  return first === undefined ? "" : `: ${first}`;
}

function listNotes({ model, ended, passedOver }: FileResults): string[] {
  const unsaid = [...("unnamed" in model ? [model.unnamed] : []), ...("untimed" in ended ? [ended.untimed] : [])];
  return [...unsaid, ...passedOver];
}

function refuseContradiction({ model }: FileResults, annotations: StringMap): void {
  if ("unnamed" in model) return;
  for (const key of modelKeys) {
    const claimed = annotations[key];
    if (claimed !== undefined && !model.names.includes(claimed)) throw findContradiction(key, claimed, model.names[0]);
  }
}

/** What the files call the model: a name that each of them may give it. Where one of them does not name it that one may be about any, and only an annotation can tell. */
function findModel(files: readonly FileResults[]): Pick<StatedFields, "modelName" | "modelNames"> {
  const named = files.flatMap(({ model }) => ("names" in model ? [model.names] : []));
  const [first] = named;
  if (first === undefined) return { modelName: undefined };
  const shared = first.filter((name) => named.every((names) => names.includes(name)));
  const other = named.find((names) => names[0] !== first[0]);
  if (shared[0] === undefined)
    throw refused("ARTIFACT_INVALID", `its results are of several models: ${show(first[0])} and ${show(other?.[0])}`);
  return { modelName: named.length === files.length ? shared[0] : undefined, modelNames: shared };
}

/** So that a fresh file never freshens an old one. A file without a time says nothing, as an annotation may. */
function findOldest(files: readonly FileResults[]): string | undefined {
  const times = files.flatMap(({ ended }) => ("time" in ended ? [ended.time] : []));
  const unreadable = times.find((time) => parseRfc3339(time) === undefined);
  return unreadable ?? times.toSorted((a, b) => Date.parse(a) - Date.parse(b))[0];
}
