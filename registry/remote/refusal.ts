import { shortenDigest } from "../../policies/digest.ts";
import { absent, RegistryError, type UnavailableReason } from "../errors.ts";
import type { CredentialedAnswer } from "./authorization/authorize.ts";
import { withRemedy } from "./authorization/credentials.ts";
import type { Endpoint } from "./endpoint.ts";
import { showStatus, TransientError } from "./failure.ts";
import { type Answer, RedirectError } from "./redirect.ts";
import { parseRetryAfterMs } from "./retry.ts";

/** True where a mirror said nothing that binds the registry itself. */
export function isLeftOpen(error: unknown): boolean {
  return error instanceof RegistryError && error.failure.kind !== "refused";
}

/** What an answer that is not the content means. Only 404 says that the registry does not hold it. */
export function explainRefusal(
  { name, identity }: Endpoint,
  wanted: string,
  answer: CredentialedAnswer,
  nowMs: number,
): RegistryError {
  const { statusCode, headers, own, shown } = answer;
  const what = own ? `${name} answered` : `${name} redirected to a server that answered`;
  if (statusCode === 404) return absent(`${name} shows no ${shortenDigest(wanted)} in this repository to ${shown}`);
  if (statusCode === 401 || statusCode === 403)
    return new StatusError("denied", withRemedy(`${what} ${showStatus(statusCode)} to ${shown}`, identity), answer);
  if (statusCode === 429 || (statusCode >= 500 && statusCode !== 501))
    return new TransientError(`${what} ${showStatus(statusCode)}`, parseRetryAfterMs(headers["retry-after"], nowMs));
  return new StatusError("no-answer", `${what} ${showStatus(statusCode)}`, answer);
}

/** Whether the registry says that it holds no such thing. */
export function isAbsent(error: unknown): boolean {
  return error instanceof RegistryError && error.failure.kind === "absent";
}

/** A status that another try will not change. */
export class StatusError extends RegistryError {
  /** Whether somebody was let in nowhere, by the registry itself. */
  readonly isDenial: boolean;

  constructor(reason: UnavailableReason, message: string, { statusCode, own }: Answer) {
    super({ kind: "unavailable", reason, message });
    this.isDenial = own && (statusCode === 401 || statusCode === 403);
  }
}

/**
 * True for what a registry says that knows no list of referrers: any status but a denial, an overload or a failure; a page for
 * people, wherever it is; content that nothing can be read from. As other clients have it, which take 400, 404 and 406 so, and
 * whatever is not an image index. https://github.com/google/go-containerregistry/blob/main/pkg/v1/remote/referrers.go
 */
export function isNoList(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  if (error instanceof StatusError) return !error.isDenial;
  return error.failure.kind !== "unavailable" || error instanceof RedirectError;
}
