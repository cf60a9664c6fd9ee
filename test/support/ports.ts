import { once } from "node:events";
import { createServer } from "node:net";

/** Different loopback ports that nobody listens on. Somebody may before the caller does: see `withFreePorts`. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => once(server.listen(0, "127.0.0.1"), "listening")));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a listening TCP server has a port");
    return address.port;
  });
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

/** Starts something that takes its ports as arguments, with others when somebody was faster. */
export async function withFreePorts<T>(count: number, start: (ports: readonly number[]) => Promise<T>): Promise<T> {
  for (let tries = 3; ; tries -= 1) {
    try {
      return await start(await freePorts(count));
    } catch (error) {
      if (tries <= 1 || !/address already in use/.test(String(error))) throw error;
    }
  }
}
