import { createServer, type Server } from "node:http";
import type { Registry } from "prom-client";

export interface HealthParts {
  /** Why the gate cannot serve, or undefined when it can. */
  notReady(): string | undefined;
  /** Things that are wrong but do not keep it from serving, one line each. */
  details(): readonly string[];
  readonly registry: Registry;
}

/** `/healthz` and `/livez` (the process answers), `/readyz` (it can judge) and `/metrics`, on a port of their own without TLS. */
export function createHealthServer({ notReady, details, registry }: HealthParts): Server {
  return createServer((request, response) => {
    const reply = (status: number, body: string, type = "text/plain; charset=utf-8"): void => {
      response.writeHead(status, { "content-type": type }).end(body);
    };
    const path = request.url?.split("?", 1)[0];
    if (request.method !== "GET" && request.method !== "HEAD") return reply(405, "expected GET\n");
    if (path === "/healthz" || path === "/livez") return reply(200, "ok\n");
    if (path === "/readyz") {
      const reason = notReady();
      return reply(reason === undefined ? 200 : 503, [reason ?? "ok", ...details()].join("\n") + "\n");
    }
    if (path !== "/metrics") return reply(404, "not found\n");
    registry.metrics().then(
      (text) => reply(200, text, registry.contentType),
      () => reply(500, "metrics are not available\n"),
    );
  });
}
