import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { getErrorCode } from "../../runtime/error-code.ts";

/** What is to be bound. Port 0 takes a free one. */
interface Place {
  readonly host: string;
  readonly port: number;
}

/**
 * Binds and resolves to `host:port` as this machine can reach it. `::` takes IPv4 too, and where there is no IPv6, IPv4
 * alone. Rejects when the address cannot be had.
 */
export async function listen(server: Server, { host, port }: Place): Promise<string> {
  try {
    await bind(server, { host, port });
  } catch (cause) {
    if (host !== "::" || !lacksFamily.has(getErrorCode(cause) ?? "")) throw cause;
    await bind(server, { host: "0.0.0.0", port });
  }
  const { address, port: bound } = getAddress(server);
  const reachable = address === "0.0.0.0" || address === "::" ? findLoopback() : address;
  return `${reachable.includes(":") ? `[${reachable}]` : reachable}:${bound}`;
}

/** A machine may have no IPv4, not even for itself. */
function findLoopback(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((all = []) => all);
  return addresses.length === 0 || addresses.some(({ family }) => family === "IPv4") ? "127.0.0.1" : "::1";
}

/** What a machine says of an address of a family that it does not have. */
const lacksFamily = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL"]);

function bind(server: Server, { host, port }: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
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

function getAddress(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return address;
}
