import { type Answer, errorAnswer, json, type RecordedRequest } from "./exchange.ts";

/** How a registry wants to know who asks. One object may serve several registries, so that one issues what another takes. */
export interface RegistryAuth {
  /** The challenge for a request that may not pass; undefined for one that may. `url` is the registry's own. */
  challenge(request: RecordedRequest, url: string): string | undefined;
  /** The token endpoint's answer; undefined where there is none. */
  token(request: RecordedRequest): Answer | undefined;
  /** The path of the token endpoint, where a server has one. Default `/token`. */
  readonly tokenPath?: string;
}

/** User names and passwords. A test may change them at any time: secrets rotate. */
export type Users = Record<string, string>;

/** HTTP's Basic scheme. `challenge` is what stands behind the scheme's name. */
export function basicAuth(users: Users, challenge = 'realm="registry"'): RegistryAuth {
  return {
    challenge: ({ headers }) => (userOf(headers.authorization, users) === undefined ? `Basic ${challenge}` : undefined),
    token: () => undefined,
  };
}

export interface TokenAuthOptions {
  readonly users?: Users;
  /** Refresh tokens that are taken by POST. */
  readonly identityTokens?: string[];
  /** True: anonymous may pull everything. Default false. */
  readonly anonymous?: boolean;
  /** Users who may pull and not push. */
  readonly pullOnly?: readonly string[];
  /** Repositories that there is access to: for others tokens are issued that open nothing. Default: all. */
  readonly repositories?: readonly string[];
  /** Default `/token`. */
  readonly tokenPath?: string;
  /** Default: `<the registry's url><tokenPath>`. */
  readonly realm?: string;
  /** Default {@link tokenService}. */
  readonly service?: string;
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

/** What a token is for. */
interface Access {
  readonly repository: string;
  readonly actions: readonly string[];
}

/**
 * The token flow of https://distribution.github.io/distribution/spec/auth/token/, with opaque tokens. What changes the
 * registry takes a token for `pull,push`; what reads it, one for `pull` at least. Others may be asked for than are given:
 * https://distribution.github.io/distribution/spec/auth/token/#requesting-a-token
 */
export function tokenAuth(options: TokenAuthOptions = {}): TokenAuth {
  const { users = {}, identityTokens = [], anonymous = false, expiresInSeconds = 300 } = options;
  const { pullOnly = [], repositories, tokenPath = "/token", service = tokenService } = options;
  const granted = new Map<string, Access | undefined>();
  const issued: string[] = [];

  const issue = (scope: string, actions: readonly string[]): Answer => {
    const token = `issued-token-${issued.length + 1}`;
    issued.push(token);
    granted.set(token, accessOf(scope, actions, repositories));
    return json(200, { token, ...(expiresInSeconds === null ? {} : { expires_in: expiresInSeconds }) });
  };
  const post = (form: URLSearchParams): Answer => {
    if (options.postStatus !== undefined) return errorAnswer(options.postStatus, "UNSUPPORTED");
    const isKnown =
      form.get("grant_type") === "refresh_token" && identityTokens.includes(form.get("refresh_token") ?? "");
    return isKnown ? issue(form.get("scope") ?? "", ["pull", "push"]) : errorAnswer(401, "UNAUTHORIZED");
  };
  const get = ({ headers: { authorization }, url }: RecordedRequest): Answer => {
    const scope = url.searchParams.get("scope") ?? "";
    const user = userOf(authorization, users);
    if (user !== undefined) return issue(scope, pullOnly.includes(user) ? ["pull"] : ["pull", "push"]);
    return authorization === undefined && anonymous ? issue(scope, ["pull"]) : errorAnswer(401, "UNAUTHORIZED");
  };

  return {
    tokenPath,
    issued,
    revoke: () => granted.clear(),
    challenge({ method, headers, repository }, url) {
      const access = granted.get(headers.authorization?.replace(/^Bearer /, "") ?? "");
      const actions = method === "GET" || method === "HEAD" ? ["pull"] : ["pull", "push"];
      if (access?.repository === repository && actions.every((action) => access.actions.includes(action)))
        return undefined;
      const scope = `repository:${repository}:${actions.join(",")}`;
      return `Bearer realm="${options.realm ?? `${url}${tokenPath}`}",service="${service}",scope="${scope}"`;
    },
    token: (request) => (request.method === "POST" ? post(request.form) : get(request)),
  };
}

/** What is given of the scope that was asked for. */
function accessOf(
  scope: string,
  actions: readonly string[],
  repositories: readonly string[] | undefined,
): Access | undefined {
  const [, repository, asked] = /^repository:([^:]+):([a-z,]+)$/.exec(scope) ?? [];
  if (repository === undefined || asked === undefined) return undefined;
  if (repositories !== undefined && !repositories.includes(repository)) return undefined;
  return { repository, actions: asked.split(",").filter((action) => actions.includes(action)) };
}

function userOf(authorization: string | undefined, users: Users): string | undefined {
  const encoded = /^Basic (.+)$/.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [user = "", ...password] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  return users[user] === password.join(":") ? user : undefined;
}
