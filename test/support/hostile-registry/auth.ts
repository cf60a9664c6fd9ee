import { type Answer, errorAnswer, json, type RecordedRequest } from "./exchange.ts";

/** How a registry wants to know who asks. One object may serve several registries, so that one issues what another takes. */
export interface RegistryAuth {
  /** The challenge for a request that may not pass; undefined for one that may. `url` is the registry's own. */
  challenge(request: RecordedRequest, url: string): string | undefined;
  /** The token endpoint's answer; undefined where there is none. */
  token(request: RecordedRequest): Answer | undefined;
}

/** User names and passwords. A test may change them at any time: secrets rotate. */
export type Users = Record<string, string>;

/** HTTP's Basic scheme. */
export function basicAuth(users: Users): RegistryAuth {
  return {
    challenge: ({ headers }) =>
      userOf(headers.authorization, users) === undefined ? 'Basic realm="registry"' : undefined,
    token: () => undefined,
  };
}

export interface TokenAuthOptions {
  readonly users?: Users;
  /** Refresh tokens that are taken by POST. */
  readonly identityTokens?: string[];
  /** True: anonymous may pull everything. Default false. */
  readonly anonymous?: boolean;
  /** Default: `<the registry's url>/token`. */
  readonly realm?: string;
  /** Default 300; null leaves it out. */
  readonly expiresInSeconds?: number | null;
  /** The status of a POST to the token endpoint where it is not supported. */
  readonly postStatus?: number;
}

export interface TokenAuth extends RegistryAuth {
  /** Every token issued so far, newest last. */
  readonly issued: readonly string[];
  /** No token issued so far is taken any more. */
  revoke(): void;
}

export const tokenService = "hostile-registry";

/** The token flow of https://distribution.github.io/distribution/spec/auth/token/, at `/token`, with opaque tokens. */
export function tokenAuth(options: TokenAuthOptions = {}): TokenAuth {
  const { users = {}, identityTokens = [], anonymous = false, expiresInSeconds = 300 } = options;
  const scopes = new Map<string, string>();
  const issued: string[] = [];

  const issue = (scope: string): Answer => {
    const token = `issued-token-${issued.length + 1}`;
    issued.push(token);
    scopes.set(token, scope);
    return json(200, { token, ...(expiresInSeconds === null ? {} : { expires_in: expiresInSeconds }) });
  };
  const post = (form: URLSearchParams): Answer => {
    if (options.postStatus !== undefined) return errorAnswer(options.postStatus, "UNSUPPORTED");
    const isKnown =
      form.get("grant_type") === "refresh_token" && identityTokens.includes(form.get("refresh_token") ?? "");
    return isKnown ? issue(form.get("scope") ?? "") : errorAnswer(401, "UNAUTHORIZED");
  };
  const get = ({ headers, url }: RecordedRequest): Answer => {
    const asUser = headers.authorization !== undefined;
    const mayPull = asUser ? userOf(headers.authorization, users) !== undefined : anonymous;
    return mayPull ? issue(url.searchParams.get("scope") ?? "") : errorAnswer(401, "UNAUTHORIZED");
  };

  return {
    issued,
    revoke: () => scopes.clear(),
    challenge({ headers, repository }, url) {
      const token = headers.authorization?.replace(/^Bearer /, "") ?? "";
      const scope = `repository:${repository}:pull`;
      if (scopes.get(token) === scope) return undefined;
      return `Bearer realm="${options.realm ?? `${url}/token`}",service="${tokenService}",scope="${scope}"`;
    },
    token: (request) => (request.method === "POST" ? post(request.form) : get(request)),
  };
}

function userOf(authorization: string | undefined, users: Users): string | undefined {
  const encoded = /^Basic (.+)$/.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [user = "", ...password] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  return users[user] === password.join(":") ? user : undefined;
}
