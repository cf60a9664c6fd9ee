import { RegistryError } from "../errors.ts";
import { limits } from "../limits.ts";
import { discard } from "./body.ts";
import type { Endpoint } from "./endpoint.ts";
import { toConnectionFailure, TransientError } from "./failure.ts";
import type { Destination, Request, Response } from "./transport.ts";

/** A response, and whether the registry itself gave it: only then may its challenge be answered. */
export interface Answer extends Response {
  readonly own: boolean;
  /** For messages, what was shown to whoever gave it. */
  readonly shown?: string;
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-15.4 */
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** True for an answer that says that the content is elsewhere. */
export function isRedirect({ statusCode }: Pick<Response, "statusCode">): boolean {
  return redirects.has(statusCode);
}

/** What came of being sent elsewhere: nothing about the content. */
export class RedirectError extends RegistryError {}

/** One request, nothing followed. Throws RegistryError for whatever goes wrong below HTTP. */
export async function send(
  endpoint: Endpoint,
  request: Request,
  to: Destination,
  signal: AbortSignal,
): Promise<Response> {
  try {
    return await endpoint.transport.send(request, to, signal);
  } catch (error) {
    throw toConnectionFailure(endpoint.name, error, signal);
  }
}

/**
 * Asks for a URL of the registry, by GET unless told otherwise, and follows where it leads, usually to a blob store. `authorization` goes to the registry's own
 * origin only, and never again once a redirect has left it; https never leads to http; other servers must have public
 * addresses. Throws `no-answer` for a redirect that breaks a rule: nothing was learned about the content.
 */
export async function follow(
  endpoint: Endpoint,
  url: URL,
  headers: Readonly<Record<string, string>>,
  authorization: string | undefined,
  signal: AbortSignal,
  method: "GET" | "HEAD" = "GET",
): Promise<Answer> {
  let current = url;
  let own = true;
  for (let hops = 0; ; hops++) {
    const secret = own && authorization !== undefined ? { authorization } : {};
    const request: Request = { method, url: current, headers: { ...headers, ...secret } };
    const response = await send(endpoint, request, classifyDestination(endpoint, current), signal).catch(
      (error: unknown) => {
        throw own || signal.aborted ? error : elsewhere(error);
      },
    );
    if (!isRedirect(response)) return { ...response, own };
    discard(response);
    if (hops === limits.redirects) throw refusal(endpoint, `redirected more than ${limits.redirects} times`, current);
    current = resolveNextUrl(endpoint, current, response.headers.location);
    own &&= current.origin === endpoint.origin;
  }
}

/** What another server did not answer, told apart from what the registry did not; what may pass stays what may pass. */
function elsewhere(error: unknown): unknown {
  if (!(error instanceof RegistryError) || error instanceof TransientError) return error;
  return new RedirectError(error.failure, { cause: error.cause });
}

/** What rules hold for a URL: those for the registry's own origin, or those for any other. */
export function classifyDestination(endpoint: Endpoint, url: URL): Destination {
  return url.origin === endpoint.origin ? "registry" : "elsewhere";
}

/**
 * Where an answer leads that `did` something, such as to redirect. `location` is attacker-controlled, and may hold a presigned
 * secret: it is quoted nowhere but for its origin, in a cause. Throws `no-answer`.
 */
export function resolveNextUrl(
  endpoint: Endpoint,
  from: URL,
  location: string | string[] | undefined,
  did = "redirected",
): URL {
  if (typeof location !== "string" || !URL.canParse(location, from.href))
    throw refusal(endpoint, `${did} without a usable Location`, from);
  const url = new URL(location, from);
  const sameOrSafer = url.protocol === "https:" || (url.protocol === "http:" && from.protocol === "http:");
  if (!sameOrSafer) throw refusal(endpoint, `${did} away from TLS`, url);
  if (url.username !== "" || url.password !== "") throw refusal(endpoint, `${did} at a URL with a user name`, url);
  return url;
}

function refusal({ name }: Endpoint, problem: string, url: URL): RegistryError {
  const failure = { kind: "unavailable", reason: "no-answer", message: `${name} ${problem}` } as const;
  return new RedirectError(failure, { cause: new Error(`redirect at ${url.origin}`) });
}
