import type * as z from "zod";
import { RegistryError } from "../../../registry/errors.ts";
import { parseStrictJson } from "../../../registry/strict-json.ts";
import { AttestationError, type AttestationProblem } from "./problem.ts";

/** Strict JSON, or the problem. */
export function readJson(bytes: Uint8Array, problem: AttestationProblem): unknown {
  try {
    return parseStrictJson(bytes);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    throw new AttestationError(problem, `it cannot be read: ${error.message}`, { cause: error });
  }
}

/** The value in this shape, or the problem. */
export function parseShape<T>(value: unknown, schema: z.ZodType<T>, problem: AttestationProblem): T {
  const { data, error } = schema.safeParse(value);
  if (data !== undefined) return data;
  const issue = error?.issues[0];
  throw new AttestationError(problem, `it is not as specified: ${issue?.path.join(".")}: ${issue?.message}`);
}
