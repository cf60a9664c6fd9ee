import * as z from "zod";
import { showLine } from "../../policies/show.ts";
import { getErrorCode } from "../../runtime/error-code.ts";

/** The cluster could not be asked, or it refused. The message says why and what to do, in one line, and holds no secret. */
export class KubeError extends Error {
  override readonly name = "KubeError";
  /** HTTP status of the answer, or of a watch's error event; undefined where there was no answer. */
  readonly status: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options);
    this.status = options.status;
  }
}

/** Whether the API server answered, or ended a watch, with one of these HTTP statuses. */
export function hasStatus(cause: unknown, ...statuses: readonly number[]): boolean {
  return cause instanceof KubeError && cause.status !== undefined && statuses.includes(cause.status);
}

/** Why something failed, in one line for a log or readiness: the API server's own words where it answered. */
export function describeFailure(cause: unknown): string {
  return cause instanceof Error ? cause.message : "unknown error";
}

const statusObject = z.object({ message: z.string().default(""), code: z.number().optional() });

/** An answer with a status that is not a success, and the Status that is its body. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export function explainStatus(status: number, body: string): KubeError {
  return refused(status, readMessage(body));
}

/** The Status that an error event of a watch carries. */
export function toRefusal(object: unknown): KubeError {
  const { code = 0, message = "" } = statusObject.safeParse(object).data ?? {};
  return refused(code, message);
}

function refused(status: number, message: string): KubeError {
  return new KubeError(`${explain(status)}${message === "" ? "" : `: ${oneLine(message)}`}`, { status });
}

/** Nothing that can be used came back. */
export function explainUnreachable(server: string, cause: unknown): KubeError {
  const code = getErrorCode(cause);
  if (code === "ABORT_ERR" || code === "ECONNRESET" || code === "EPIPE")
    return new KubeError(`${server} gave no answer in time, or the connection broke`, { cause });
  if (code !== undefined && /CERT|SELF_SIGNED|ISSUER|SIGNATURE|ERR_TLS/.test(code))
    return new KubeError(`the certificate of ${server} is not accepted (${code})`, { cause });
  if (code !== undefined && /^E[A-Z]/.test(code) && !code.startsWith("ERR_")) {
    const file = typeof cause === "object" && cause !== null && "path" in cause ? ` of ${String(cause.path)}` : "";
    return file === ""
      ? new KubeError(`${server} cannot be reached (${code})`, { cause })
      : new KubeError(`the credentials${file} cannot be read (${code})`, { cause });
  }
  return new KubeError(`${server} cannot be asked (${code ?? "unusable credentials or answer"})`, { cause });
}

function explain(status: number): string {
  switch (status) {
    case 401:
      return "the API server does not accept the credentials (401): the token or client certificate has expired, or is for another cluster";
    case 403:
      return "the API server forbids it (403): the role lacks a rule";
    case 404:
      return "the API server does not know it (404)";
    case 409:
      return "somebody else wrote it in the meantime (409)";
    case 410:
      return "the API server no longer keeps that state of the list or watch (410)";
    case 429:
      return "the API server is too busy (429)";
    default:
      return `the API server answered ${status}`;
  }
}

/** `message` of the Status that the body should be; empty where it is none. */
function readMessage(body: string): string {
  try {
    return statusObject.safeParse(JSON.parse(body)).data?.message ?? "";
  } catch {
    return "";
  }
}

function oneLine(text: string): string {
  return showLine(text.replace(/\s+/g, " ").slice(0, 512));
}
