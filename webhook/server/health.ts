import type { RequestListener, Server } from "node:http";
import type { Registry } from "prom-client";

// Not by an import, which would load all that node:http brings along: browsers' fetch and WebSocket.
const { createServer } = process.getBuiltinModule("node:http");

/** What the health pages tell of. Asked anew for each request. */
export interface HealthDependencies {
  /** Why the gate cannot serve, one line each; empty when it can. */
  notReady(): readonly string[];
  /** Things that are wrong but do not keep it from serving, one line each. */
  details(): readonly string[];
  /** Undefined where /metrics has a port of its own. */
  readonly registry: Registry | undefined;
}

/** `/livez` and `/healthz` (the process answers), `/readyz` (it can judge), and `/metrics` where it has no port of its own. */
export function createHealthServer({ notReady, details, registry }: HealthDependencies): Server {
  const ready = (): Answer => {
    const reasons = notReady();
    const lines = [...(reasons.length === 0 ? ["ok"] : reasons), ...details()];
    return { status: reasons.length === 0 ? 200 : 503, body: `${lines.join("\n")}\n` };
  };
  const pages = { "/livez": alive, "/healthz": alive, "/readyz": ready };
  return createServer(serve(registry === undefined ? pages : { ...pages, ...metricsPage(registry) }));
}

/** `/metrics` alone. */
export function createMetricsServer(registry: Registry): Server {
  return createServer(serve(metricsPage(registry)));
}

function alive(): Answer {
  return { status: 200, body: "ok\n" };
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

type Pages = Readonly<Record<string, () => Answer | Promise<Answer>>>;

function metricsPage(registry: Registry): Pages {
  return { "/metrics": async () => ({ status: 200, body: await registry.metrics(), type: registry.contentType }) };
}

function serve(pages: Pages): RequestListener {
  const byPath = new Map(Object.entries(pages));
  return ({ method, url = "" }, response) => {
    void answer(byPath, method, url).then(({ status, body, type = "text/plain; charset=utf-8" }) =>
      response.writeHead(status, { "content-type": type }).end(body),
    );
  };
}

async function answer(pages: ReadonlyMap<string, Pages[string]>, method = "", url: string): Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") return { status: 405, body: "expected GET\n" };
  const [path = ""] = url.split("?", 1);
  try {
    return (await pages.get(path)?.()) ?? { status: 404, body: "not found\n" };
  } catch {
    return { status: 500, body: "cannot be told\n" };
  }
}
