import type { Server } from "node:http";
import type { Socket } from "node:net";

/** The TCP connections of a server. */
export interface Sockets {
  readonly count: () => number;
  /** Resolves as soon as none is open. */
  readonly idle: () => Promise<void>;
  readonly destroy: () => void;
}

/** Sockets that failed their TLS handshake count too: the server itself never tells of them. */
export function trackSockets(server: Server): Sockets {
  const open = new Set<Socket>();
  const waiting: (() => void)[] = [];
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      open.delete(socket);
      if (open.size === 0) for (const resolve of waiting.splice(0)) resolve();
    });
  });
  return {
    count: () => open.size,
    idle: () => (open.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    destroy() {
      for (const socket of open) socket.destroy();
    },
  };
}
