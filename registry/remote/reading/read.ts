import { shortenDigest } from "../../../policies/digest.ts";
import { absent, RegistryError, type UnavailableReason } from "../../errors.ts";
import type { Body } from "../../source.ts";
import type { CredentialedAnswer, createAuthorizer } from "../authorization/authorize.ts";
import { withRemedy } from "../authorization/credentials.ts";
import { toBody, discard } from "../body.ts";
import type { Clock } from "../clock.ts";
import type { RegistryDirectory } from "../directory.ts";
import type { Endpoint } from "../endpoint.ts";
import { showStatus, TransientError } from "../failure.ts";
import { type Answer, follow } from "../redirect.ts";
import { parseRetryAfterMs, withRetries, type Patience } from "../retry.ts";

/** What is asked for, of each kind of content. */
export const accept = {
  manifests: [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
  ].join(", "),
  blobs: "*/*",
} as const;

/** Manifests, indexes among them, and all other bytes. */
export type ContentKind = keyof typeof accept;

/** One read. */
export interface ReadRequest {
  readonly url: URL;
  readonly accept: string;
  /** For messages. */
  readonly what: string;
}

/** An answer, and where it leads. */
export interface Page {
  readonly body: Body;
  readonly from: URL;
  readonly link: string | string[] | undefined;
}

/** What every read needs. */
export interface Client {
  readonly directory: RegistryDirectory;
  readonly authorized: ReturnType<typeof createAuthorizer>;
  readonly clock: Clock;
  readonly patience: Patience;
}

/** Asks one server, and again after what may pass. Throws RegistryError. */
export function get(
  { authorized, clock, patience }: Client,
  endpoint: Endpoint,
  maxRetries: number,
  request: ReadRequest,
  signal: AbortSignal,
): Promise<Page> {
  const headers = { accept: request.accept, "accept-encoding": "identity", "user-agent": "assaygate" };
  const ask = async (): Promise<Page> => {
    const answer = await authorized(
      endpoint,
      (secret) => follow(endpoint, request.url, headers, secret, signal),
      signal,
    );
    if (answer.statusCode === 200)
      return { body: toBody(endpoint, answer, signal), from: request.url, link: answer.headers.link };
    discard(answer);
    throw refusal(endpoint, request.what, answer, clock.now());
  };
  // What is not asked again has somebody else to be asked of, or is meant to be so.
  return withRetries(endpoint.name, maxRetries, clock, signal, ask, maxRetries === 0 ? undefined : patience);
}

/** Asks the registry itself, by plain HTTP where that turns out to be right. */
export async function readFromRegistry<T>(
  directory: RegistryDirectory,
  endpoint: Endpoint,
  repository: string,
  ask: (endpoint: Endpoint, maxRetries: number) => Promise<T>,
): Promise<T> {
  const { maxRetries } = endpoint.settings;
  try {
    return await ask(endpoint, maxRetries);
  } catch (error) {
    const plain = directory.turnsOutPlain(endpoint, error) ? directory.endpoints(repository).at(-1) : undefined;
    if (plain === undefined) throw error;
    return ask(plain, maxRetries);
  }
}

/** True where a mirror said nothing that binds the registry itself. */
export function isLeftOpen(error: unknown): error is RegistryError {
  return error instanceof RegistryError && error.failure.kind !== "refused";
}

/** What an answer that is not the content means. Only 404 says that the registry does not hold it. */
function refusal(
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

/** True where a registry says that it holds none. */
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
