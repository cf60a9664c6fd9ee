import { createServer, type Server } from "node:https";
import { connect as connectPlain, type Socket } from "node:net";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { clientTimes } from "../../../webhook/server/client-times.ts";
import { close, listen } from "../../../webhook/server/listen.ts";
import { issue, makeCa } from "../../support/certificates.ts";

/** A hundredth of each time, so that nobody waits for them. */
const shortTimes = Object.fromEntries(Object.entries(clientTimes).map(([name, ms]) => [name, ms / 100]));

let server: Server;
let port: number;
beforeAll(async () => {
  const certificate = await issue(await makeCa(), { dns: ["localhost"], ip: ["127.0.0.1"] });
  server = createServer({ ...shortTimes, ...certificate }, (request, response) => {
    request.resume().on("end", () => response.end());
  });
  port = Number((await listen(server, { host: "127.0.0.1", port: 0 })).split(":")[1]);
});
afterAll(() => close(server, 0));

/** Resolves with what was answered when the server has closed the connection. */
function untilClosed(socket: Socket, sent: string): Promise<string> {
  let answered = "";
  socket.on("data", (chunk: Buffer) => (answered += chunk.toString()));
  // Cut off in the middle of a handshake is one way of being closed.
  socket.on("error", () => undefined);
  if (sent !== "") socket.write(sent);
  return new Promise((resolve) => socket.once("close", () => resolve(answered)));
}

const head = "POST /validate HTTP/1.1\r\nHost: gate\r\n";
const overTls = (sent: string): Promise<string> =>
  untilClosed(connect({ host: "127.0.0.1", port, rejectUnauthorized: false }), sent);

describe("a client that takes its time is closed, and told why where it can be", () => {
  it("without a handshake", async () => {
    expect(await untilClosed(connectPlain(port, "127.0.0.1"), "")).toBe("");
  });

  it.each([
    ["a request", ""],
    ["the rest of a head", head],
    ["the rest of a body", `${head}Content-Length: 100\r\n\r\n{`],
  ])("without %s", async (_, sent) => {
    expect(await overTls(sent)).toMatch(/^HTTP\/1\.1 408 /);
  });
});
