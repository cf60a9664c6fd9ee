import { ApiException } from "@kubernetes/client-node";
import * as z from "zod";
import { codeOf } from "../../runtime/error-code.ts";

const status = z.object({ message: z.string() });

/** The HTTP status that the API server answered with; undefined where there was no answer. */
export function statusOf(cause: unknown): number | undefined {
  return cause instanceof ApiException ? cause.code : undefined;
}

/** Why a call failed, in one line for a log or readiness: the API server's own words where it answered. No secrets. */
export function describeFailure(cause: unknown): string {
  if (cause instanceof ApiException) return `HTTP ${cause.code}${said(cause.body)}`;
  if (!(cause instanceof Error)) return "unknown error";
  if (cause.name === "TimeoutError") return "the API server did not answer in time";
  const code = codeOf(cause) ?? codeOf(cause.cause);
  const inner = cause.cause instanceof Error ? `: ${cause.cause.message}` : "";
  return `${cause.message}${inner}${code === undefined ? "" : ` (${code})`}`;
}

/** `message` of the Status that the body is, or should be. */
function said(body: unknown): string {
  const parsed = status.safeParse(typeof body === "string" ? parse(body) : body);
  return parsed.success ? `: ${parsed.data.message}` : "";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
