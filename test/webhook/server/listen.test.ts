import { describe, expect, it } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { createServer, get, type Server } from "node:http";
import { networkInterfaces } from "node:os";
import { close, listen } from "../../../webhook/server/listen.ts";

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((each) => each?.family === "IPv6");

/** Runs a module in a network of its own in which loopback has no IPv4 address; undefined where this machine cannot. */
function runWithoutIpv4(script: string): string | undefined {
  const only6 = 'ip link set lo up && ip addr del 127.0.0.1/8 dev lo && exec "$0" --input-type=module --eval "$1"';
  const args = ["--net", "sh", "-c", only6, process.execPath, script];
  const { status, stdout } = spawnSync("unshare", args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

const listening = JSON.stringify(new URL("../../../webhook/server/listen.ts", import.meta.url).href);
const script = `
  import { createServer, get } from "node:http";
  import { listen } from ${listening};
  const server = createServer((_, response) => response.end("ok"));
  const port = (await listen(server, { host: "::", port: 0 })).split(":").at(-1);
  get({ host: "::1", port }, ({ statusCode }) => { console.log(statusCode); process.exit(); });
`;
const canLackIpv4 = runWithoutIpv4("") !== undefined;

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

  (canLackIpv4 ? it : it.skip)("answers on a machine that has IPv6 alone", () => {
    expect(runWithoutIpv4(script)).toBe("200");
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
