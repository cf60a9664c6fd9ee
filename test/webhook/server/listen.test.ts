import { describe, expect, it } from "@jest/globals";
import { createServer, get, type Server } from "node:http";
import { networkInterfaces } from "node:os";
import { close, listen } from "../../../webhook/server/listen.ts";

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((each) => each?.family === "IPv6");

/** The status of `/` at an address. */
function ask(host: string, port: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host, port, path: "/", agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
}

/** A server that has no IPv6, as on a machine whose kernel lacks it. */
function withoutIpv6(server: Server): Server {
  const bind = server.listen.bind(server);
  server.listen = ((port: number, host: string, done: () => void) => {
    if (!host.includes(":")) return bind(port, host, done);
    const error = Object.assign(new Error("no IPv6"), { code: "EAFNOSUPPORT" });
    queueMicrotask(() => server.emit("error", error));
    return server;
  }) as Server["listen"];
  return server;
}

const answering = (): Server => createServer((_, response) => response.end("ok"));

describe("listening on every address", () => {
  it("answers over IPv4, and over IPv6 where there is one", async () => {
    const server = answering();
    const [, port = ""] = (await listen(server, { host: "::", port: 0 })).split(":");
    const hosts = hasIpv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
    expect(await Promise.all(hosts.map((host) => ask(host, port)))).toEqual(hosts.map(() => 200));
    await close(server, 1_000);
  });

  it("takes IPv4 alone where the machine has no IPv6", async () => {
    const server = withoutIpv6(answering());
    const [host, port = ""] = (await listen(server, { host: "::", port: 0 })).split(":");
    expect([host, await ask("127.0.0.1", port)]).toEqual(["127.0.0.1", 200]);
    await close(server, 1_000);
  });

  it("does not take another address than the one that was asked for", async () => {
    const server = withoutIpv6(answering());
    await expect(listen(server, { host: "::1", port: 0 })).rejects.toThrow("no IPv6");
  });
});
