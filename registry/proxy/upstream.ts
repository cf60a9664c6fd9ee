import { createAuthorizer } from "../remote/authorization/authorize.ts";
import { discard } from "../remote/body.ts";
import type { Clock } from "../remote/clock.ts";
import type { RegistryDirectory } from "../remote/directory.ts";
import type { Endpoint } from "../remote/endpoint.ts";
import { type Answer, classifyDestination, follow, send } from "../remote/redirect.ts";
import { withRetries } from "../remote/retry.ts";
import type { Request } from "../remote/transport.ts";
import { toDenial, Refusal } from "./refusal.ts";
import type { Upload } from "./uploads.ts";

/** A request whose body comes from a client as it is sent, so that it can be sent once only. */
export interface StreamedRequest extends Request {
  readonly body: AsyncIterable<Uint8Array>;
}

/** What the registry said, and whether it wanted to know who asks. */
export interface UpstreamAnswer extends Answer {
  readonly loggedIn: boolean;
}

/** The registry behind the proxy. Methods throw RegistryError for what goes wrong below HTTP, and Refusal. */
export interface Upstream {
  /** The registry itself, never its mirror, with the credentials that are in force now. */
  endpoint(): Endpoint;
  /** Follows redirects, and tries again where a connection breaks before the answer. */
  read(endpoint: Endpoint, request: Request & { method: "GET" | "HEAD" }, signal: AbortSignal): Promise<Answer>;
  /** Sends what can be sent twice: no body, or one that is in memory. */
  write(endpoint: Endpoint, request: Request, signal: AbortSignal): Promise<UpstreamAnswer>;
  /** Sends a part of an upload. Its body leaves only when there is nothing left to log in for. */
  stream(endpoint: Endpoint, upload: Upload, request: StreamedRequest, signal: AbortSignal): Promise<Answer>;
}

/** The registry of this repository, through the directory that knows how it is reached. */
export function createUpstream(directory: RegistryDirectory, repository: string, clock: Clock): Upstream {
  const authorized = createAuthorizer(clock);
  return {
    endpoint() {
      const [first, second] = directory.endpoints(repository);
      return { ...(second ?? first), actions: "pull,push" };
    },
    read(endpoint, { method, url, headers }, signal) {
      return withRetries(endpoint.name, endpoint.settings.maxRetries, clock, signal, () =>
        authorized(endpoint, (secret) => follow(endpoint, url, headers, secret, signal, method), signal),
      );
    },
    async write(endpoint, request, signal) {
      let loggedIn = false;
      const answer = await authorized(
        endpoint,
        (secret) => {
          loggedIn = secret !== undefined;
          return sendOnce(endpoint, request, secret, signal);
        },
        signal,
      );
      return { ...answer, loggedIn };
    },
    stream: (...how) => sendStream(authorized, ...how),
  };
}

async function sendStream(
  authorized: ReturnType<typeof createAuthorizer>,
  ...[endpoint, upload, request, signal]: Parameters<Upstream["stream"]>
): Promise<Answer> {
  let answered: Answer | undefined;
  const answer = await authorized(
    endpoint,
    async (secret) => {
      if (answered !== undefined) throw spent(endpoint, answered);
      if (secret === undefined && upload.needsLogin)
        return sendOnce(endpoint, makeStatusRequest(upload, request), secret, signal);
      answered = await sendOnce(endpoint, request, secret, signal);
      return answered;
    },
    signal,
  );
  if (answered !== undefined || isDenial(answer)) return answer;
  discard(answer);
  return sendOnce(endpoint, request, undefined, signal);
}

/** The secret goes to the registry's own origin only. Nothing is followed: where a write leads is not for an answer to say. */
async function sendOnce(
  endpoint: Endpoint,
  request: Request,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<Answer> {
  const to = classifyDestination(endpoint, request.url);
  const own = to === "registry";
  const secret = own && authorization !== undefined ? { authorization } : {};
  const response = await send(endpoint, { ...request, headers: { ...request.headers, ...secret } }, to, signal);
  return { ...response, own };
}

/** Asks how far the upload is, for nothing but the challenge: it takes the same rights as going on with it, and no body. */
function makeStatusRequest({ url }: Upload, { headers }: StreamedRequest): Request {
  const { "accept-encoding": encoding = "identity", "user-agent": agent = "assaygate" } = headers;
  return { method: "GET", url, headers: { accept: "*/*", "accept-encoding": encoding, "user-agent": agent } };
}

/** The body is gone, and the registry did not take it. After a 401 there is a new login, so the client's next try can pass. */
function spent(endpoint: Endpoint, answer: Answer): Refusal {
  if (answer.statusCode === 403) return toDenial(endpoint, answer);
  const message = `${endpoint.name} no longer accepted the login; the proxy has a new one: send this part again`;
  return new Refusal(503, "UNAVAILABLE", message, { "retry-after": "1" });
}

function isDenial({ statusCode }: Answer): boolean {
  return statusCode === 401 || statusCode === 403;
}
