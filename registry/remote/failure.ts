import { getErrorCode } from "../../runtime/error-code.ts";
import { RegistryError, unavailable } from "../errors.ts";
import { AddressRefused, ProxyFailure } from "./network/errors.ts";
import { RequestTimeout, ServerSilent } from "./transport.ts";

/** The registry gave no answer, but may give one if it is asked again. */
export class TransientError extends RegistryError {
  /** What the registry asked for; undefined where it did not. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs?: number, options?: ErrorOptions) {
    super({ kind: "unavailable", reason: "no-answer", message }, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The review's time is up. */
export function toDeadlineError(name: string, cause?: unknown): RegistryError {
  return unavailable("out-of-time", `no answer from ${name} before the review's deadline`, { cause });
}

/**
 * `503 Service Unavailable`. Not by an import, which would load all that node:http brings along, browsers' fetch and WebSocket
 * too, before any command begins.
 */
export function showStatus(status: number): string {
  const phrase = process.getBuiltinModule("node:http").STATUS_CODES[status];
  return phrase === undefined ? String(status) : `${status} ${phrase}`;
}

/**
 * What went wrong below HTTP, for users. `name` is the server as they know it; where it really is, and what the resolver or
 * OpenSSL said, stays in the cause.
 */
export function toConnectionFailure(name: string, cause: unknown, signal: AbortSignal): RegistryError {
  if (cause instanceof RegistryError) return cause;
  if (signal.aborted) return toDeadlineError(name, cause);
  const message = `${name}: ${describeConnectionProblem(cause)}`;
  if (transientCodes.has(getErrorCode(cause) ?? "")) return new TransientError(message, undefined, { cause });
  return unavailable("no-answer", message, { cause });
}

/** What went wrong below HTTP, as half a sentence: no address, no text of anybody's else. */
export function describeConnectionProblem(cause: unknown): string {
  if (cause instanceof AddressRefused) return "resolves to a network address that is not allowed";
  if (cause instanceof RequestTimeout) return "no answer in time";
  if (cause instanceof ServerSilent) return "no answer to several reviews, so it is not asked again for some seconds";
  if (cause instanceof ProxyFailure) return describeProxyProblem(cause);
  const code = getErrorCode(cause) ?? "";
  if (isUntrusted(code)) return "certificate not trusted";
  if (code.startsWith("HPE_") || code === "UND_ERR_HEADERS_OVERFLOW") return "the answer is not well-formed HTTP";
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) return "the TLS handshake failed";
  return sentences[code] ?? "the connection failed";
}

/** What the proxy says of a server is its word, and not that server's. */
function describeProxyProblem({ status, cause }: ProxyFailure): string {
  if (status === 407) return "the proxy asks for a user name and password, or does not accept the ones it was given";
  if (status !== undefined) return `the proxy does not connect to it: ${showStatus(status)}`;
  return `the proxy it is asked through: ${describeConnectionProblem(cause)}`;
}

/** True for the code of an error that says that a certificate leads to no trusted authority. */
export function isUntrusted(code: string): boolean {
  return untrusted.has(code);
}

const transientCodes: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/** https://docs.openssl.org/master/man1/openssl-verification-options/ */
const untrusted: ReadonlySet<string> = new Set([
  "CERT_REJECTED",
  "CERT_SIGNATURE_FAILURE",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "INVALID_CA",
  "INVALID_PURPOSE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

const sentences: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "certificate expired",
  CERT_NOT_YET_VALID: "certificate not yet valid",
  CERT_REVOKED: "certificate revoked",
  EAI_AGAIN: "the name could not be resolved",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was closed before the answer was complete",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the host",
  ENOTFOUND: "the name does not exist in DNS",
  EPIPE: "the connection was closed before the answer was complete",
  ERR_TLS_CERT_ALTNAME_INVALID: "certificate issued for another name",
  ETIMEDOUT: "no connection in time",
  UND_ERR_BODY_TIMEOUT: "the answer stopped half-way",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time",
  UND_ERR_HEADERS_TIMEOUT: "no answer in time",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the answer is not as long as it says",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "the answer is too large",
  UND_ERR_SOCKET: "the connection was closed before the answer was complete",
};
