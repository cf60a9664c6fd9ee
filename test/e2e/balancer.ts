import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** What a Service is to its clients: one address, whose connections go to the replicas in turn. TLS goes through it unseen. */
export interface Balancer extends AsyncDisposable {
  readonly port: number;
  /** From now on connections go to these. Those that are open stay. */
  route(urls: readonly string[]): void;
}

export async function startBalancer(): Promise<Balancer> {
  let targets: readonly string[] = [];
  let turn = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const target = targets[(turn += 1) % targets.length];
    if (target === undefined) {
      client.destroy();
      return;
    }
    const { hostname, port } = new URL(target);
    const replica = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, replica],
      [replica, client],
    ] as const) {
      open.add(from);
      from.pipe(to);
      from.on("error", () => to.destroy()).on("close", () => open.delete(from));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    port,
    route: (urls) => void (targets = urls),
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
