import * as z from "zod";
import { show } from "../policies/show.ts";
import { MlflowError } from "./errors.ts";
import { parseAnswer } from "./parse-answer.ts";
import type { MlflowServer } from "./server.ts";

/** A run as far as it is read. Names, tags, params and metrics are written by whoever may write to the experiment. */
export interface Run {
  readonly id: string;
  readonly name: string;
  /** MLflow keeps a deleted run, and answers for it, until `mlflow gc`. */
  readonly deleted: boolean;
  readonly tags: ReadonlyMap<string, string>;
  readonly params: ReadonlyMap<string, string>;
  /** The last value of each. What MLflow keeps in place of an infinite value is infinite again; NaN stays NaN. */
  readonly metrics: ReadonlyMap<string, number>;
  /** The ids of the logged models that it took or made. */
  readonly models: ReadonlySet<string>;
}

/** What MLflow takes for a run's id. Nothing else becomes part of a request. */
export function isRunId(text: string): boolean {
  return /^[a-zA-Z0-9][\w-]{0,255}$/.test(text) && !/^m-[0-9a-f]{32}$/.test(text);
}

/** Keys and values as MLflow lists them. */
export const pairs = z
  .array(z.object({ key: z.string(), value: z.string() }))
  .default([])
  .transform((list) => new Map(list.map(({ key, value }) => [key, value])));

/** Numbers that JSON does not have come as strings, as Protocol Buffers write them. */
const number = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)]).transform(restore);

const metrics = z
  .array(z.object({ key: z.string(), value: number.default(0) }))
  .default([])
  .transform((list) => new Map(list.map(({ key, value }) => [key, value])));

const models = z.array(z.object({ model_id: z.string() })).default([]);

const runAnswer = z.object({
  run: z.object({
    info: z.object({ run_id: z.string(), run_name: z.string().default(""), lifecycle_stage: z.string() }),
    data: z.object({ tags: pairs, params: pairs, metrics }).prefault({}),
    inputs: z.object({ model_inputs: models }).prefault({}),
    outputs: z.object({ model_outputs: models }).prefault({}),
  }),
});

/** The run that was asked for, from the server's answer. Throws MlflowError for another one, and for what is not a run. */
export function toRun({ name }: MlflowServer, asked: string, text: string): Run {
  const answer = parseAnswer(runAnswer, text);
  if (answer === undefined) throw toUnknownAnswer(name);
  const { info, data, inputs, outputs } = answer.run;
  if (info.run_id !== asked)
    throw new MlflowError("unavailable", `${name} was asked for run ${asked} and answered with ${show(info.run_id)}`);
  const used = [...inputs.model_inputs, ...outputs.model_outputs].map(({ model_id: id }) => id);
  return {
    id: info.run_id,
    name: info.run_name,
    deleted: info.lifecycle_stage !== "active",
    ...data,
    models: new Set(used),
  };
}

/** The error for an answer of success that is not MLflow's. */
export function toUnknownAnswer(name: string): MlflowError {
  return new MlflowError("unavailable", `${name} answers, but not as MLflow does: is it the MLflow server's address?`);
}

/**
 * MLflow's database cannot hold infinity, and keeps the largest double instead. A value that really is that one cannot be told
 * from it, and is none that a benchmark gives.
 */
function restore(value: number): number {
  return Math.abs(value) === Number.MAX_VALUE ? Math.sign(value) * Infinity : value;
}
