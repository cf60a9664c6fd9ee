import type { IncomingHttpHeaders } from "node:http";
import { getErrorCode } from "../../runtime/error-code.ts";
import { RegistryError } from "../errors.ts";
import type { Endpoint } from "../remote/endpoint.ts";
import type { Answer } from "../remote/redirect.ts";
import { showStatus } from "../remote/failure.ts";
import { RequestTimeout } from "../remote/transport.ts";

/**
 * Codes of https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes, and UNAVAILABLE and UNKNOWN,
 * which the reference registry adds for what is nobody's fault or its own.
 */
export type RefusalCode =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DENIED"
  | "DIGEST_INVALID"
  | "SIZE_INVALID"
  | "TOOMANYREQUESTS"
  | "UNAVAILABLE"
  | "UNKNOWN"
  | "UNSUPPORTED";

/** An answer that the proxy gives in place of the registry. The message is for whoever pushes: it holds no secret. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly code: RefusalCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: RefusalCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  /** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
  get body(): string {
    return JSON.stringify({ errors: [{ code: this.code, message: this.message }] });
  }
}

/** The registry said no to what it was shown. */
export function toDenial({ name, identity }: Endpoint, { statusCode, shown = identity.source }: Answer): Refusal {
  return new Refusal(403, "DENIED", `${name} answered ${showStatus(statusCode)} to ${shown}`);
}

/** The registry answered with an error of its own. When it says how long to wait, so does the proxy. */
export function toFailure({ name }: Endpoint, statusCode: number, headers: IncomingHttpHeaders): Refusal {
  const { "retry-after": wait } = headers;
  const pause = wait === undefined ? {} : { "retry-after": wait };
  return new Refusal(502, "UNAVAILABLE", `${name} answered ${showStatus(statusCode)}`, pause);
}

/** What was thrown, as an answer. Only the messages of errors that are made for users are repeated. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (!(error instanceof RegistryError)) return new Refusal(500, "UNKNOWN", "internal error of the proxy");
  const { message, cause } = error;
  if ("reason" in error.failure && error.failure.reason === "denied") return new Refusal(403, "DENIED", message);
  return new Refusal(isTimeout(cause) ? 504 : 502, "UNAVAILABLE", message);
}

const timeouts: ReadonlySet<string | undefined> = new Set([
  "ETIMEDOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
]);

function isTimeout(cause: unknown): boolean {
  return cause instanceof RequestTimeout || timeouts.has(getErrorCode(cause));
}
