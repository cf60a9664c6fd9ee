import { createHmac, randomBytes } from "node:crypto";
import { unavailable } from "../../errors.ts";

/** What the gate shows to a registry. Never in an error, a log line or a cache key. */
export type Credentials =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token, which the token service turns into access tokens. */
  | { readonly kind: "identity-token"; readonly username: string; readonly token: string }
  /** An access token that is sent to the registry as it is. */
  | { readonly kind: "registry-token"; readonly token: string };

/** Who the gate is to one repository. */
export interface Identity {
  /** Tells identities apart in cache keys; changes when the secret changes, and holds nothing of it. */
  readonly name: string;
  /** For messages, what the credentials come from: `anonymous access`, `the credentials in the Docker config`. */
  readonly source: string;
  /** False where it is known before anybody is asked that there are none. */
  readonly hasCredentials: boolean;
  /** What somebody can do where they are not taken, for messages: `sign in with docker login quay.io`. */
  readonly remedy?: string;
  /** Where it is known before anybody is asked that they cannot be used: why. */
  readonly problem?: string;
  /** Undefined: anonymous. Throws RegistryError. Asked anew for each token, so it may change. */
  credentials(): Promise<Credentials | undefined>;
}

/** Says with which credentials a repository is asked. */
export interface CredentialsProvider {
  /** `host` is `host[:port]` as references spell it, `path` the repository below it. Waits for nothing. */
  identify(host: string, path: string): Identity;
}

/** Nobody in particular. */
export const anonymous: Identity = {
  name: "anonymous",
  source: "anonymous access",
  hasCredentials: false,
  credentials: () => Promise.resolve(undefined),
};

/** Anonymous where somebody may have meant it otherwise: `why` says what to mend. */
export function explainAnonymous(why: string): Identity {
  return { ...anonymous, source: `${anonymous.source} (${why})` };
}

/** Somebody whose credentials cannot be used. Nobody is told of it but those who need them. */
export function makeBrokenIdentity(problem: string): Identity {
  return {
    name: "broken",
    source: "credentials that cannot be used",
    hasCredentials: true,
    problem,
    credentials: () => Promise.reject(unavailable("denied", problem)),
  };
}

/** Shows nothing to anybody. */
export const anonymousCredentials: CredentialsProvider = { identify: () => anonymous };

/** An identity whose secret is known now. `origin` is where it comes from, such as `docker-config`; `source` as in Identity. */
export function makeFixedIdentity(origin: string, source: string, credentials: Credentials): Identity {
  return {
    name: `${origin}:${fingerprint(credentials)}`,
    source,
    hasCredentials: true,
    credentials: () => Promise.resolve(credentials),
  };
}

/** Keyed, so that a fingerprint that gets out cannot be tried against a list of passwords. It lasts as long as the process. */
const fingerprintKey = randomBytes(32);

function fingerprint(credentials: Credentials): string {
  return createHmac("sha256", fingerprintKey).update(JSON.stringify(credentials)).digest("hex").slice(0, 16);
}

/** The header of HTTP's Basic scheme, in UTF-8: https://www.rfc-editor.org/rfc/rfc7617 */
export function toBasicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

/** A message about a login that was refused, with what can be done about it as far as that is known. */
export function withRemedy(message: string, { remedy }: Pick<Identity, "remedy">): string {
  return remedy === undefined ? message : `${message}; ${remedy}`;
}
