import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createConnection, createServer, type NetConnectOpts, type Server } from "node:net";

/** Passes every connection to `listen`, a port on loopback or a socket's path, on to `target`. */
export async function startRelay(listen: number | string, target: NetConnectOpts): Promise<Server> {
  if (typeof listen === "string") await rm(listen, { force: true });
  const server = createServer({ allowHalfOpen: true }, (from) => {
    const to = createConnection({ ...target, allowHalfOpen: true });
    from.on("error", () => to.destroy()).once("close", () => to.destroy());
    to.on("error", () => from.destroy()).once("close", () => from.destroy());
    from.setNoDelay(true).pipe(to).pipe(from);
  });
  server.listen(typeof listen === "string" ? { path: listen } : { port: listen, host: "127.0.0.1" });
  await once(server, "listening");
  return server;
}
