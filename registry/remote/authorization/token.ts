import { unavailable } from "../../errors.ts";
import type { RegistryError } from "../../errors.ts";
import { collectChunks } from "../../../runtime/collect-chunks.ts";
import { discard } from "../body.ts";
import type { Challenge } from "./challenge.ts";
import { anonymous, toBasicHeader, type Credentials, withRemedy } from "./credentials.ts";
import type { Endpoint } from "../endpoint.ts";
import { toConnectionFailure, showStatus, TransientError } from "../failure.ts";
import { requireAllowedRealm } from "./realm.ts";
import { send } from "../redirect.ts";
import { parseRetryAfterMs } from "../retry.ts";
import type { Response } from "../transport.ts";

/** An access token of the registry's token service. */
export interface Token {
  readonly text: string;
  readonly lifetimeMs: number;
}

/** The largest real ones, of Azure and Google, are a few kilobytes. */
const maxAnswerBytes = 64 * 1024;
/** Where the answer does not say: https://distribution.github.io/distribution/spec/auth/token/ */
const defaultLifetimeMs = 60_000;

/**
 * A token for this repository, from the realm that the challenge names, if that realm is allowed. The scope is always the
 * endpoint's own, whatever the challenge asks for: its actions, its repository, nothing else. An identity token goes by POST,
 * and by GET where the service knows no POST. Throws RegistryError.
 */
export async function fetchToken(
  endpoint: Endpoint,
  challenge: Challenge,
  credentials: Credentials | undefined,
  nowMs: number,
): Promise<Token> {
  const realm = requireAllowedRealm(endpoint, challenge.parameters.get("realm"));
  const form = { scope: `repository:${endpoint.path}:${endpoint.actions}`, ...addService(challenge) };
  const shown = credentials === undefined ? anonymous.source : endpoint.identity.source;
  const signal = AbortSignal.timeout(endpoint.settings.requestTimeoutMs);
  try {
    if (credentials?.kind === "identity-token") {
      const answer = await post(endpoint, realm, { ...form, refresh_token: credentials.token }, signal);
      if (answer.statusCode !== 404 && answer.statusCode !== 405)
        return await readToken(endpoint, shown, answer, nowMs);
      discard(answer);
    }
    return await readToken(endpoint, shown, await get(endpoint, realm, form, credentials, signal), nowMs);
  } catch (error) {
    if (signal.aborted) throw failure(endpoint, "gave no answer in time", error);
    throw toConnectionFailure(endpoint.name, error, signal);
  }
}

function addService({ parameters }: Challenge): { service?: string } {
  const service = parameters.get("service");
  return service === undefined ? {} : { service };
}

/** https://distribution.github.io/distribution/spec/auth/oauth/ */
function post(endpoint: Endpoint, realm: URL, form: Record<string, string>, signal: AbortSignal): Promise<Response> {
  const fields = new URLSearchParams({ grant_type: "refresh_token", client_id: "assaygate", ...form });
  const headers = { ...common, "content-type": "application/x-www-form-urlencoded" };
  return send(endpoint, { method: "POST", url: realm, headers, body: fields.toString() }, "registry", signal);
}

/** https://distribution.github.io/distribution/spec/auth/token/ */
function get(
  endpoint: Endpoint,
  realm: URL,
  form: Record<string, string>,
  credentials: Credentials | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const url = new URL(realm);
  for (const [name, value] of Object.entries(form)) url.searchParams.set(name, value);
  return send(endpoint, { method: "GET", url, headers: { ...common, ...basic(credentials) } }, "registry", signal);
}

function basic(credentials: Credentials | undefined): { authorization?: string } {
  if (credentials?.kind === "basic")
    return { authorization: toBasicHeader(credentials.username, credentials.password) };
  if (credentials?.kind === "identity-token")
    return { authorization: toBasicHeader(credentials.username, credentials.token) };
  return {};
}

const common = { accept: "application/json", "accept-encoding": "identity", "user-agent": "assaygate" };

async function readToken(endpoint: Endpoint, shown: string, answer: Response, nowMs: number): Promise<Token> {
  if (answer.statusCode !== 200) {
    discard(answer);
    throw statusFailure(endpoint, shown, answer, nowMs);
  }
  const text = await readAll(endpoint, answer);
  const token = parseToken(text);
  if (token === undefined)
    throw failure(endpoint, "gave an answer without a usable token", "not quoted: it may hold one");
  return token;
}

async function readAll(endpoint: Endpoint, { body }: Response): Promise<string> {
  const bytes = await collectChunks(body, maxAnswerBytes);
  if (bytes === undefined) throw failure(endpoint, "gave an answer that is too long", `over ${maxAnswerBytes} bytes`);
  return bytes.toString("utf8");
}

/** Undefined for anything but a token that can stand in a header. Services that know one name leave the other empty. */
function parseToken(text: string): Token | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const fields = (value ?? {}) as { token?: unknown; access_token?: unknown; expires_in?: unknown };
  const token = [fields.token, fields.access_token].find((one) => one !== undefined && one !== null && one !== "");
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) return undefined;
  const seconds = fields.expires_in;
  const isLifetime = typeof seconds === "number" && seconds > 0 && seconds <= 24 * 3600;
  return { text: token, lifetimeMs: isLifetime ? seconds * 1000 : defaultLifetimeMs };
}

function statusFailure(
  endpoint: Endpoint,
  shown: string,
  { statusCode, headers }: Response,
  nowMs: number,
): RegistryError {
  const what = `the token service of ${endpoint.name} answered ${showStatus(statusCode)}`;
  if (statusCode === 429 || statusCode >= 500)
    return new TransientError(what, parseRetryAfterMs(headers["retry-after"], nowMs));
  return unavailable("denied", withRemedy(`${what} to ${shown}`, endpoint.identity));
}

function failure({ name }: Endpoint, problem: string, cause: unknown): RegistryError {
  return unavailable("no-answer", `the token service of ${name} ${problem}`, {
    cause: typeof cause === "string" ? new Error(cause) : cause,
  });
}
