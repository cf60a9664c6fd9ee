import { LRUCache } from "lru-cache";
import { unavailable } from "../../errors.ts";
import { waitInTime } from "../../in-time.ts";
import { discard } from "../body.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Clock } from "../clock.ts";
import { anonymous, toBasicHeader, type Credentials } from "./credentials.ts";
import { type Endpoint, toPingUrl } from "../endpoint.ts";
import { toConnectionFailure } from "../failure.ts";
import { isAllowedRealm } from "./realm.ts";
import { type Answer, send as ask } from "../redirect.ts";
import { fetchToken } from "./token.ts";
import type { Response } from "../transport.ts";

/** What a registry accepted credentials for, as a header to send again. */
interface Grant {
  readonly header: string;
  readonly expiresAtMs: number;
  /** Answered again when the registry no longer takes the header and does not say why. */
  readonly challenge: Challenge;
  /** For messages: what was shown for it. */
  readonly shown: string;
}

/** Sends with an Authorization header, or without one. */
export type Send = (authorization: string | undefined) => Promise<Answer>;

/** An answer, and for messages to whom it was given: what was shown, and nothing that could have been. */
export interface CredentialedAnswer extends Answer {
  readonly shown: string;
}

/** A token that ends this soon may end on its way. */
const skewMs = 5_000;
/** How long credentials that have no lifetime of their own are used before their provider is asked again. */
const standingMs = 5 * 60_000;
/** One for each registry, repository and identity. */
const maxGrants = 1024;

/**
 * Logs in where a registry asks for it, and where it answers somebody unknown with 404, or refuses without asking: so do those
 * that do not tell strangers what they hold. Grants are kept per server, repository and identity, so that no answer to one
 * identity is had with another's token; many requests that need the same token share one fetch of it.
 */
export function createAuthorizer(
  clock: Clock,
): (endpoint: Endpoint, send: Send, signal: AbortSignal) => Promise<CredentialedAnswer> {
  const grants = createGrants(clock);

  /** The answer to the second try is final: a registry that refuses fresh credentials has said no. */
  return async (endpoint, send, signal) => {
    const { origin, host, path, actions, identity } = endpoint;
    const key = JSON.stringify([origin, host, path, actions, identity.name]);
    const known = grants.get(key);
    const grant = live(known, clock);
    const answer = await send(grant?.header);
    const answered = { ...answer, shown: grant?.shown ?? describeShown(endpoint, undefined) };
    try {
      const challenge = findChallenge(endpoint, answer) ?? known?.challenge;
      const isHidden =
        grant === undefined && identity.hasCredentials && answer.headers["www-authenticate"] === undefined;
      if (!mayAskForLogin(answer, isHidden) || (challenge === undefined && !isHidden)) return answered;
      // Before anything else is asked: its connection may be the one that the next request waits for.
      discard(answer);
      const fresh = await waitInTime(grants.renew(key, grant, endpoint, challenge), signal);
      if (fresh === undefined) return answered;
      return { ...(await send(fresh.header)), shown: fresh.shown };
    } catch (error) {
      discard(answer);
      throw error;
    }
  };
}

interface Grants {
  get(key: string): Grant | undefined;
  /** `used` is the grant that was just refused: whoever comes later takes the new one instead of fetching another. */
  renew(
    key: string,
    used: Grant | undefined,
    endpoint: Endpoint,
    challenge: Challenge | undefined,
  ): Promise<Grant | undefined>;
}

function createGrants(clock: Clock): Grants {
  const grants = new LRUCache<string, Grant>({ max: maxGrants });
  const pending = new Map<string, Promise<Grant | undefined>>();
  const store = async (key: string, obtaining: Promise<Grant | undefined>): Promise<Grant | undefined> => {
    try {
      const grant = await obtaining;
      grants.set(key, grant);
      return grant;
    } finally {
      pending.delete(key);
    }
  };
  return {
    get: (key) => grants.get(key),
    renew(key, used, endpoint, challenge) {
      const newer = live(grants.get(key), clock);
      if (newer !== undefined && newer !== used) return Promise.resolve(newer);
      const fetching = pending.get(key) ?? store(key, obtain(endpoint, challenge, clock));
      pending.set(key, fetching);
      return fetching;
    },
  };
}

function live(grant: Grant | undefined, clock: Clock): Grant | undefined {
  return grant !== undefined && grant.expiresAtMs > clock.now() ? grant : undefined;
}

/** 404 is one only where nothing was shown and something could be. Another server's answer never is. */
function mayAskForLogin({ statusCode, own }: Answer, isHidden: boolean): boolean {
  return own && (statusCode === 401 || statusCode === 403 || (statusCode === 404 && isHidden));
}

/**
 * Bearer before Basic; other schemes are not spoken. A realm that is not allowed hides no Basic that can be answered. Throws
 * `denied` for a header that does not follow the grammar.
 */
function findChallenge(
  endpoint: Endpoint,
  { statusCode, own, headers }: Pick<Answer, "statusCode" | "own" | "headers">,
): Challenge | undefined {
  if (!own || (statusCode !== 401 && statusCode !== 403)) return undefined;
  const { name, identity } = endpoint;
  const challenges = parseChallenges(headers["www-authenticate"]);
  if (challenges === undefined)
    throw unavailable("denied", `${name} asks for a login in a way that cannot be read (WWW-Authenticate)`);
  const bearers = challenges.filter(({ scheme }) => scheme === "bearer");
  const basic = challenges.find(({ scheme }) => scheme === "basic");
  const allowed = bearers.find(({ parameters }) => isAllowedRealm(endpoint, parameters.get("realm")));
  return allowed ?? (identity.hasCredentials ? basic : undefined) ?? bearers[0] ?? basic;
}

/** Undefined where there is nothing to answer the challenge with. It belongs to no single review, so no review's end stops it. */
async function obtain(endpoint: Endpoint, asked: Challenge | undefined, clock: Clock): Promise<Grant | undefined> {
  const credentials = await endpoint.identity.credentials();
  const challenge = asked ?? (credentials === undefined ? unasked : ((await askForChallenge(endpoint)) ?? unasked));
  const shown = describeShown(endpoint, credentials);
  const standing = (header: string): Grant => ({ header, challenge, shown, expiresAtMs: clock.now() + standingMs });
  if (credentials?.kind === "registry-token" && challenge.scheme !== "basic")
    return standing(`Bearer ${credentials.token}`);
  if (challenge.scheme !== "bearer")
    return credentials?.kind === "basic"
      ? standing(toBasicHeader(credentials.username, credentials.password))
      : undefined;
  const { text, lifetimeMs } = await fetchToken(endpoint, challenge, credentials, clock.now());
  return { header: `Bearer ${text}`, challenge, shown, expiresAtMs: clock.now() + lifetimeMs - skewMs };
}

/** Of a registry that never asks. Credentials that need no answer of a token service are shown to it all the same: they are for it. */
const unasked: Challenge = { scheme: "", parameters: new Map() };

/**
 * What the registry asks of strangers at its front door, where a repository does not say it.
 * https://distribution.github.io/distribution/spec/api/#api-version-check
 */
async function askForChallenge(endpoint: Endpoint): Promise<Challenge | undefined> {
  const signal = AbortSignal.timeout(endpoint.settings.requestTimeoutMs);
  const headers = { accept: "application/json", "accept-encoding": "identity", "user-agent": "assaygate" };
  let answer: Response;
  try {
    answer = await ask(endpoint, { method: "GET", url: toPingUrl(endpoint), headers }, "registry", signal);
  } catch (error) {
    if (signal.aborted) throw unavailable("no-answer", `${endpoint.name}: no answer in time`);
    throw toConnectionFailure(endpoint.name, error, signal);
  }
  discard(answer);
  return findChallenge(endpoint, { ...answer, own: true });
}

function describeShown({ identity }: Endpoint, credentials: Credentials | undefined): string {
  if (credentials !== undefined) return identity.source;
  return identity.hasCredentials ? anonymous.source : identity.source;
}
