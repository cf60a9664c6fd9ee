import autocannon from "autocannon";
import { readFileSync } from "node:fs";
import { Client } from "undici";
import type { ReviewResponse } from "../webhook/admission/response.ts";
import type { Child } from "../scripts/child-process.ts";

/** Connections that the API server keeps open to one webhook replica under load. */
const connections = 16;
const secondsPerRun = 5;

/** Where a gate that was just started listens, as its log says. */
export async function waitUntilReady(gate: Child): Promise<{ url: string; ca: string }> {
  const { url, caFile } = JSON.parse(await gate.line(/"msg":"ready"/)) as { url: string; caFile: string };
  return { url, ca: readFileSync(caFile, "utf8") };
}

/** A denial would measure something else. */
async function expectAdmission({ url, ca }: { url: string; ca: string }, body: string): Promise<void> {
  const client = new Client(url, { connect: { ca } });
  const answer = await client.request({
    path: "/validate",
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  const { response } = (await answer.body.json()) as ReviewResponse;
  await client.close();
  if (!response.allowed) throw new Error(`the usual review is denied: ${response.status?.message}`);
}

/** Reviews a second that a gate answers when it is asked as fast as it answers. */
export async function measureCapacity(gate: { url: string; ca: string }, body: string): Promise<number> {
  await expectAdmission(gate, body);
  await load(gate, body);
  return (await load(gate, body)).requests.average;
}

async function load({ url, ca }: { url: string; ca: string }, body: string): Promise<autocannon.Result> {
  const result = await autocannon({
    url: `${url}/validate?timeout=10s`,
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    connections,
    duration: secondsPerRun,
    tlsOptions: { ca },
  });
  if (result.errors + result.non2xx > 0)
    throw new Error(`${result.errors} errors, ${result.non2xx} answers that are not 200`);
  return result;
}
