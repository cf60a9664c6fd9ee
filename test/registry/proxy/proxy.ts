import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { createRegistryDirectory } from "../../../registry/remote/directory.ts";
import { createDockerConfigCredentials } from "../../../registry/remote/authorization/docker-credentials.ts";
import type { RegistryOptions } from "../../../registry/remote/registry.ts";
import { createRegistryProxy, type RegistryProxyOptions } from "../../../registry/proxy/server.ts";
import { close, listen } from "../../../webhook/server/listen.ts";

/** What all tests of the proxy need. */

export const path = "team/evals";
export const user = { user: "robot", password: "canary-password" };
export const digest = `sha256:${"ab".repeat(32)}`;

/** A Docker config's text with the robot's credentials for a host. */
export function loginFor(host: string): string {
  return JSON.stringify({ auths: { [host]: { auth: btoa(`${user.user}:${user.password}`) } } });
}

export interface TestProxy extends AsyncDisposable {
  readonly host: string;
  /** What it logged. */
  readonly lines: readonly string[];
  /** Sends the target exactly as it stands. */
  ask(method: string, target: string, headers?: OutgoingHttpHeaders, body?: string | Uint8Array): Promise<Reply>;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The code and the message of the first error. */
  readonly error: { readonly code?: string; readonly message?: string };
}

/** A proxy on a free port for `team/evals` of the registry, signed in to it as the robot. */
export async function startProxy(
  registry: { readonly host: string; readonly url?: string },
  over: Partial<RegistryOptions> & Pick<RegistryProxyOptions, "maxRequests"> = {},
): Promise<TestProxy> {
  const { maxRequests = 64, ...registryOptions } = over;
  const plainHttp = registry.url?.startsWith("https:") !== true;
  const directory = createRegistryDirectory(
    [{ host: registry.host, plainHttp, maxRetries: 0, ...registryOptions }],
    createDockerConfigCredentials(loginFor(registry.host)),
  );
  const lines: string[] = [];
  const repository = `${registry.host}/${path}`;
  const server = createRegistryProxy({ directory, repository, log: (line) => lines.push(line), maxRequests });
  const host = await listen(server, { host: "127.0.0.1", port: 0 });
  return {
    host,
    lines,
    ask: (method, target, headers, body) => ask(host, method, target, headers, body),
    async [Symbol.asyncDispose]() {
      await close(server, 0);
      await directory.close();
    },
  };
}

async function ask(
  host: string,
  method: string,
  target: string,
  headers: OutgoingHttpHeaders = {},
  body?: string | Uint8Array,
): Promise<Reply> {
  const call = request(`http://${host}`, { method, path: target, headers, agent: false }).end(body);
  const [response] = await once(call, "response");
  const text = (await buffer(response)).toString();
  return { status: response.statusCode, headers: response.headers, body: text, error: firstError(text) };
}

function firstError(text: string): Reply["error"] {
  try {
    return (JSON.parse(text) as { errors: Reply["error"][] }).errors[0] ?? {};
  } catch {
    return {};
  }
}

/** A request as a fake registry got it. */
export interface Got {
  readonly method: string;
  /** Exactly as sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a fake registry answers: a status, headers and a body. */
export type Said = readonly [number, OutgoingHttpHeaders?, string?];

export interface FakeRegistry extends AsyncDisposable {
  readonly host: string;
  readonly url: string;
  readonly got: readonly Got[];
  /** What each request is answered with. May be replaced at any time. */
  say: (got: Got) => Said;
}

/** A server that says what a test wants, where the test needs more than a hostile registry knows: uploads above all. */
export async function startFake(say: FakeRegistry["say"] = () => [404]): Promise<FakeRegistry> {
  const got: Got[] = [];
  const server = createServer((asked, response) => {
    const answer = async (): Promise<void> => {
      const one = {
        method: asked.method ?? "",
        target: asked.url ?? "",
        headers: asked.headers,
        body: (await buffer(asked)).toString(),
      };
      got.push(one);
      const [status, headers = {}, body = ""] = fake.say(one);
      response.writeHead(status, headers).end(one.method === "HEAD" ? "" : body);
    };
    answer().catch(() => response.destroy());
  });
  const host = await listen(server, { host: "127.0.0.1", port: 0 });
  const fake: FakeRegistry = {
    host,
    url: `http://${host}`,
    got,
    say,
    async [Symbol.asyncDispose]() {
      await close(server, 0);
    },
  };
  return fake;
}
