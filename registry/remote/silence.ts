import { listAskers, type Asker } from "../../runtime/asker.ts";
import { getErrorCode } from "../../runtime/error-code.ts";
import { RequestTimeout, ServerSilent, type Transport } from "./transport.ts";

/** Told which servers are silent, by host, and of each request that was not sent for that. */
export interface SilenceObserver {
  changed(host: string, silent: boolean): void;
  answeredFromMemory(host: string): void;
}

/** When a server counts as silent, and who is told. */
export interface SilenceOptions {
  /** How many reviews must have waited in vain, with no answer to anybody in between, before a server is suspected. */
  readonly reviews: number;
  /** How long a server that is silent is not asked. */
  readonly forMs: number;
  readonly observer: SilenceObserver;
  /** Monotonic, in milliseconds. */
  readonly clock: { now(): number };
}

/** Three reviews in vain, then five seconds of being left alone. */
export const defaultSilence: SilenceOptions = {
  reviews: 3,
  forMs: 5_000,
  observer: { changed: () => undefined, answeredFromMemory: () => undefined },
  clock: performance,
};

/** Above what any server takes that is merely busy. Whoever waits for the probe waits so long. */
const probeMs = 2_000;

interface Server {
  readonly host: string;
  /** Those who waited in vain since the last answer. */
  readonly inVain: Set<Asker>;
  silent: boolean;
  askAgainMs: number;
  probe: Promise<boolean> | undefined;
}

/**
 * A transport that does not ask a server of the registry's which gives no answers: it rejects with {@link ServerSilent} for some
 * seconds, so that one more request into it costs nothing.
 *
 * What counts is what the server itself does, and nothing that somebody can bring about by the path that they ask for: requests
 * of several reviews got no first byte (a review counts once, however much it asked for), nobody got any answer in between, and
 * then `GET /v2/`, which belongs to no repository, got none either. Afterwards one such probe decides whether it is asked again, and
 * any answer ends the silence.
 */
export function withoutSilentServers(inner: Transport, options: SilenceOptions): Transport {
  const { reviews, clock } = options;
  const servers = new Map<string, Server>();
  return {
    ...inner,
    async send(request, to, signal) {
      if (to !== "registry") return inner.send(request, to, signal);
      const { url } = request;
      const server = getServer(servers, url);
      if (server.silent) {
        if (server.probe !== undefined || clock.now() < server.askAgainMs) refuse(server, options);
        if (!(await probe(server, url, inner, options))) refuse(server, options);
      }
      try {
        const response = await inner.send(request, to, signal);
        noteAnswer(server, options);
        return response;
      } catch (error) {
        if (!isSilence(error)) throw error;
        for (const asker of listAskers(signal)) server.inVain.add(asker);
        // Nobody waits for it: the review that it is one too many for has its answer.
        if (server.inVain.size >= reviews && !server.silent) void probe(server, url, inner, options);
        throw error;
      }
    },
  };
}

function getServer(servers: Map<string, Server>, { origin, host }: URL): Server {
  const server = servers.get(origin) ?? { host, inVain: new Set(), silent: false, askAgainMs: 0, probe: undefined };
  servers.set(origin, server);
  return server;
}

function noteAnswer(server: Server, { observer }: SilenceOptions): void {
  server.inVain.clear();
  if (!server.silent) return;
  server.silent = false;
  observer.changed(server.host, false);
}

function noteSilence(server: Server, { clock, forMs, observer }: SilenceOptions): void {
  server.askAgainMs = clock.now() + forMs;
  if (server.silent) return;
  server.silent = true;
  observer.changed(server.host, true);
}

/** True when it answers, whatever it says. One at a time. */
function probe(server: Server, { origin }: URL, inner: Transport, options: SilenceOptions): Promise<boolean> {
  server.probe ??= answers(inner, new URL("/v2/", origin)).then((answered) => {
    server.probe = undefined;
    if (answered) noteAnswer(server, options);
    else noteSilence(server, options);
    return answered;
  });
  return server.probe;
}

function refuse({ host }: Server, { observer }: SilenceOptions): never {
  observer.answeredFromMemory(host);
  throw new ServerSilent("the server is silent");
}

async function answers(transport: Transport, url: URL): Promise<boolean> {
  try {
    await transport.probe(url, AbortSignal.timeout(probeMs));
    return true;
  } catch (error) {
    // Refused, reset or not trusted is an answer, and a quick one.
    return !isSilence(error);
  }
}

function isSilence(error: unknown): boolean {
  return error instanceof RequestTimeout || silentCodes.has(getErrorCode(error) ?? "");
}

const silentCodes: ReadonlySet<string> = new Set(["UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"]);
