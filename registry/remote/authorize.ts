import { LRUCache } from "lru-cache";
import { unavailable } from "../errors.ts";
import { untilAborted } from "../../runtime/until-aborted.ts";
import { discard } from "./body.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { Clock } from "./clock.ts";
import { basicHeader } from "./credentials.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Answer } from "./redirect.ts";
import { fetchToken } from "./token.ts";

/** What a registry accepted credentials for, as a header to send again. */
interface Grant {
  readonly header: string;
  readonly expiresAtMs: number;
  /** Answered again when the registry no longer takes the header and does not say why. */
  readonly challenge: Challenge;
}

/** Sends with an Authorization header, or without one. */
export type Send = (authorization: string | undefined) => Promise<Answer>;

/** A token that ends this soon may end on its way. */
const skewMs = 5_000;
/** How long credentials that have no lifetime of their own are used before their provider is asked again. */
const standingMs = 5 * 60_000;
/** One for each registry, repository and identity. */
const maxGrants = 1024;

/**
 * Logs in where a registry asks for it. Grants are kept per server, repository and identity, so that no answer to one
 * identity is had with another's token; many requests that need the same token share one fetch of it.
 */
export function createAuthorizer(
  clock: Clock,
): (endpoint: Endpoint, send: Send, signal: AbortSignal) => Promise<Answer> {
  const grants = new LRUCache<string, Grant>({ max: maxGrants });
  const pending = new Map<string, Promise<Grant | undefined>>();

  /** `used` is the grant that was just refused: whoever comes later takes the new one instead of fetching another. */
  function renew(
    key: string,
    used: Grant | undefined,
    endpoint: Endpoint,
    challenge: Challenge,
  ): Promise<Grant | undefined> {
    const newer = live(grants.get(key), clock);
    if (newer !== undefined && newer !== used) return Promise.resolve(newer);
    const fetching = pending.get(key) ?? store(key, obtain(endpoint, challenge, clock));
    pending.set(key, fetching);
    return fetching;
  }

  async function store(key: string, obtaining: Promise<Grant | undefined>): Promise<Grant | undefined> {
    try {
      const grant = await obtaining;
      grants.set(key, grant);
      return grant;
    } finally {
      pending.delete(key);
    }
  }

  /** The answer to the second try is final: a registry that refuses fresh credentials has said no. */
  return async (endpoint, send, signal) => {
    const { origin, host, path, actions, identity } = endpoint;
    const key = JSON.stringify([origin, host, path, actions, identity.name]);
    const grant = live(grants.get(key), clock);
    const answer = await send(grant?.header);
    if ((answer.statusCode !== 401 && answer.statusCode !== 403) || !answer.own) return answer;
    discard(answer);
    const challenge = challengeOf(endpoint, answer) ?? grant?.challenge;
    if (challenge === undefined) return answer;
    const fresh = await untilAborted(renew(key, grant, endpoint, challenge), signal);
    return fresh === undefined ? answer : send(fresh.header);
  };
}

function live(grant: Grant | undefined, clock: Clock): Grant | undefined {
  return grant !== undefined && grant.expiresAtMs > clock.now() ? grant : undefined;
}

/** Bearer before Basic; other schemes are not spoken. Throws REGISTRY_DENIED for a header that does not follow the grammar. */
function challengeOf({ name }: Endpoint, { headers }: Answer): Challenge | undefined {
  const challenges = parseChallenges(headers["www-authenticate"]);
  if (challenges === undefined)
    throw unavailable("REGISTRY_DENIED", `${name} asks for a login in a way that cannot be read (WWW-Authenticate)`);
  const ofScheme = (wanted: string): Challenge | undefined => challenges.find(({ scheme }) => scheme === wanted);
  return ofScheme("bearer") ?? ofScheme("basic");
}

/** Undefined where there is nothing to answer the challenge with. It belongs to no single review, so no review's end stops it. */
async function obtain(endpoint: Endpoint, challenge: Challenge, clock: Clock): Promise<Grant | undefined> {
  const credentials = await endpoint.identity.credentials();
  const standing = (header: string): Grant => ({ header, challenge, expiresAtMs: clock.now() + standingMs });
  if (challenge.scheme === "basic")
    return credentials?.kind === "basic"
      ? standing(basicHeader(credentials.username, credentials.password))
      : undefined;
  if (credentials?.kind === "registry-token") return standing(`Bearer ${credentials.token}`);
  const { text, lifetimeMs } = await fetchToken(endpoint, challenge, credentials, clock.now());
  return { header: `Bearer ${text}`, challenge, expiresAtMs: clock.now() + lifetimeMs - skewMs };
}
