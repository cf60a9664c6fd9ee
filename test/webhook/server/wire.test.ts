import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { policy } from "../../support/builders/policy.ts";
import { review } from "../../support/builders/review.ts";
import { deployment } from "../../support/builders/workload.ts";
import { startTestGate, type TestGate } from "../../support/gate.ts";

/*
 * What no API server of today sends, and what stands between it and a gate may: each is answered as HTTP has it, or refused.
 */

let gate: TestGate;
beforeAll(async () => {
  gate = await startTestGate({ "policy.yaml": policy() });
});
afterAll(async () => gate[Symbol.asyncDispose]());

const bodyOf = (uid: string): string => JSON.stringify(review(deployment(undefined), { uid }));
const body = bodyOf("1");

function request(version: string, text: string, ...further: readonly string[]): string {
  const headers = ["Host: gate", "Content-Type: application/json", `Content-Length: ${Buffer.byteLength(text)}`];
  return [`POST /validate HTTP/${version}`, ...headers, ...further, "", text].join("\r\n");
}
const closing = "Connection: close";

/** Sends it over a connection without a server name; resolves with all that was answered until the gate closed it. */
function sendRaw(sent: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(gate.url).port), ca: gate.ca });
  let answered = "";
  socket.setEncoding("utf8").on("data", (text: string) => (answered += text));
  socket.write(sent);
  return new Promise((resolve, reject) => socket.once("error", reject).once("close", () => resolve(answered)));
}
const statuses = (answered: string): string[] =>
  [...answered.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code = ""]) => code);
const uids = (answered: string): string[] => [...answered.matchAll(/"uid":"(\d+)"/g)].map(([, uid = ""]) => uid);

describe("on the wire", () => {
  it("HTTP/1.0 is answered, and the connection closed", async () => {
    const answered = await sendRaw(request("1.0", body));
    expect([statuses(answered), uids(answered)]).toEqual([["200"], ["1"]]);
  });

  it("requests that are sent without waiting are answered in their order", async () => {
    const sent = ["1", "2", "3"].map((uid) => request("1.1", bodyOf(uid)));
    const answered = await sendRaw(sent.join("") + request("1.1", bodyOf("4"), closing));
    expect(uids(answered)).toEqual(["1", "2", "3", "4"]);
  });

  it("a client that asks whether to go on is told so before its answer", async () => {
    const answered = await sendRaw(request("1.1", body, "Expect: 100-continue", closing));
    expect(statuses(answered)).toEqual(["100", "200"]);
  });

  it("one that expects something else is refused", async () => {
    expect(statuses(await sendRaw(request("1.1", body, "Expect: magic", closing)))).toEqual(["417"]);
  });

  it.each([
    ["two lengths", request("1.1", body, "Transfer-Encoding: chunked", closing)],
    ["two that differ", request("1.1", body, "Content-Length: 1", closing)],
    ["no host", request("1.1", body, closing).replace("Host: gate\r\n", "")],
    ["a head without end", `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`],
  ])("a request with %s is refused", async (_, sent) => {
    expect(statuses(await sendRaw(sent))).toEqual([expect.stringMatching(/^4/)]);
  });
});
