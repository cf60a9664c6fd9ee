import autocannon from "autocannon";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "undici";
import type { ReviewResponse } from "../webhook/admission/response.ts";
import { evaluation } from "../test/support/builders/evaluation.ts";
import { writeLayout } from "../test/support/artifacts.ts";
import { startProgram, type Child } from "../scripts/child-process.ts";
import { median } from "./median.ts";
import { benchPolicy, makeUsualReview } from "./review.ts";

/** Warm verdicts a second, beside those of a handler that does nothing else. */
export interface Throughput {
  readonly reviewBytes: number;
  readonly bareRps: number;
  readonly gateRps: number;
  /** Medians over rounds of gate to bare in the same round. */
  readonly ratio: number;
  readonly bareP99Ms: number;
  readonly gateP99Ms: number;
}

/** Connections that the API server keeps open to one webhook replica under load. */
const connections = 16;
const secondsPerRun = 5;

/**
 * Warm verdicts a second against a bare node:https handler that parses the same review: the same clients, the same TLS,
 * alternating, each in a process of its own.
 */
export async function measureThroughput(rounds: number, bundle: string): Promise<Throughput> {
  const folder = mkdtempSync(join(tmpdir(), "assaygate-bench-"));
  const home = join(folder, "assaygate.d");
  const artifact = evaluation();
  mkdirSync(join(home, "policies"), { recursive: true });
  writeFileSync(join(home, "policies", "policy.json"), benchPolicy);
  await writeLayout(join(home, "evidence"), [artifact]);
  const bare = startProgram(join(import.meta.dirname, "bare-server.ts"), [], folder);
  const gate = startProgram(bundle, ["serve", "--port", "0", "--health-port", "0"], folder);
  try {
    const body = makeUsualReview(artifact);
    const bareAt = JSON.parse(await bare.line(/^\{/)) as { url: string; ca: string };
    const gateAt = await waitUntilReady(gate);
    const runs: { bare: autocannon.Result; gate: autocannon.Result }[] = [];
    await expectAdmission(gateAt, body);
    await load(bareAt, body);
    await load(gateAt, body);
    for (let round = 0; round < rounds; round += 1) {
      const [first, second] = round % 2 === 0 ? [bareAt, gateAt] : [gateAt, bareAt];
      const results = [await load(first, body), await load(second, body)] as const;
      runs.push(round % 2 === 0 ? { bare: results[0], gate: results[1] } : { bare: results[1], gate: results[0] });
    }
    return {
      reviewBytes: body.length,
      bareRps: median(runs.map((run) => run.bare.requests.average)),
      gateRps: median(runs.map((run) => run.gate.requests.average)),
      ratio: median(runs.map((run) => run.gate.requests.average / run.bare.requests.average)),
      bareP99Ms: median(runs.map((run) => run.bare.latency.p99)),
      gateP99Ms: median(runs.map((run) => run.gate.latency.p99)),
    };
  } finally {
    await Promise.all([bare.stop(), gate.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

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
