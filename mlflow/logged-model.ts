import * as z from "zod";
import { show } from "../policies/show.ts";
import { MlflowError } from "./errors.ts";
import { parseAnswer } from "./parse-answer.ts";
import { toUnknownAnswer, pairs, type Run } from "./run.ts";
import type { MlflowServer } from "./server.ts";

/** A model that MLflow 3 keeps apart from the runs that made it or measured it, as far as it is read. */
export interface LoggedModel {
  /** `m-` and 32 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly tags: ReadonlyMap<string, string>;
  /** The run that made it, where one did. */
  readonly sourceRun: string | undefined;
}

/** Whether an id is a logged model's: MLflow gives a run no such one. */
export function isModelId(text: string): boolean {
  return /^m-[0-9a-f]{32}$/.test(text);
}

const modelAnswer = z.object({
  model: z.object({
    info: z.object({
      model_id: z.string(),
      name: z.string().default(""),
      source_run_id: z.string().optional(),
      tags: pairs,
    }),
  }),
});

/** The model that was asked for, from the server's answer. Throws MlflowError for another one, and for what is not a model. */
export function toLoggedModel({ name }: MlflowServer, asked: string, text: string): LoggedModel {
  const answer = parseAnswer(modelAnswer, text);
  if (answer === undefined) throw toUnknownAnswer(name);
  const { model_id: id, source_run_id: sourceRun, ...rest } = answer.model.info;
  if (id !== asked)
    throw new MlflowError("unavailable", `${name} was asked for model ${asked} and answered with ${show(id)}`);
  return { id, ...rest, sourceRun: sourceRun === "" ? undefined : sourceRun };
}

/** Whether a run made the model or took it. Both say so themselves, to whoever asks. */
export function isOfRun(model: LoggedModel, run: Run): boolean {
  return model.sourceRun === run.id || run.models.has(model.id);
}
