import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Binds and resolves to `host:port` as this machine can reach it. Rejects when the address cannot be had. */
export function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const { address, port: bound, family } = addressOf(server);
      const reachable = address === "0.0.0.0" || address === "::" ? "127.0.0.1" : address;
      resolve(`${family === "IPv6" && reachable.includes(":") ? `[${reachable}]` : reachable}:${bound}`);
    });
  });
}

/** Takes no more connections, and ends when the requests under way are answered; `graceMs` later it cuts them off. */
export function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return address;
}
