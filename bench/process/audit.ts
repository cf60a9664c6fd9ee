import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Pool } from "undici";
import { startProgram } from "../../scripts/child-process.ts";
import { nodeFlags } from "../../scripts/node-flags.ts";
import type { BuiltArtifact, Json } from "../../test/support/artifacts.ts";
import { evaluation, repository } from "../../test/support/builders/evaluation.ts";
import { startHostileRegistry } from "../../test/support/hostile-registry/server.ts";
import { startWorkloadCluster, type WorkloadCluster } from "../../test/support/workload-cluster.ts";
import { waitUntilReady } from "../capacity.ts";
import { benchPolicy, makeUsualReview } from "../review.ts";
import { median } from "../median.ts";
import { runMeasured, type Ran } from "./run-measured.ts";

/** What an audit of many workloads costs. */
export interface AuditFigures {
  readonly workloads: number;
  readonly artifacts: number;
  /** Of the registry, all of them, in one run. */
  readonly requests: number;
  readonly auditMs: number;
  readonly rssMiB: number;
  /** For the same objects as reviews of which everything is remembered. */
  readonly reviewsMs: number;
}

const connections = 16;
const runsOfEach = 3;

/**
 * Some runs of `assaygate audit` over a cluster of so many workloads, process start and all, and the same objects as warm reviews of
 * a gate. The cluster, the registry and who sends the reviews share one process.
 */
export async function measureAudit(bundle: string, workloads = 5_000, artifacts = 200): Promise<AuditFigures> {
  const folder = mkdtempSync(join(tmpdir(), "assaygate-bench-"));
  const built = Array.from({ length: artifacts }, (_, at) => evaluation({ note: String(at) }));
  await using registry = await startHostileRegistry();
  for (const one of built) registry.push(repository.slice("quay.io/".length), one);
  const reviews = makeReviews(built, workloads);
  await using cluster = await startWorkloadCluster(JSON.parse(benchPolicy) as Json, ...reviews.map(objectOf));
  writeHome(folder, registry.url);
  try {
    const reviewsMs = await reviewAll(bundle, folder, reviews);
    const before = registry.requests.length;
    const runs: Ran[] = [];
    for (let run = 0; run < runsOfEach; run += 1) runs.push(await audit(bundle, folder, cluster));
    const requests = (registry.requests.length - before) / runsOfEach;
    const auditMs = median(runs.map(({ ms }) => ms));
    return { workloads, artifacts, requests, auditMs, rssMiB: median(runs.map(({ rssMiB }) => rssMiB)), reviewsMs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** With Node's own defaults, as a person runs it. */
function audit(bundle: string, folder: string, { kubeconfig }: WorkloadCluster) {
  const args = [bundle, "audit", "--kubeconfig", kubeconfig, "--config", "client.json"];
  return runMeasured(process.execPath, args, folder);
}

interface BenchReview {
  readonly body: string;
  readonly object: Json;
}

function makeReviews(built: readonly BuiltArtifact[], count: number): BenchReview[] {
  const usual = built.map((artifact) => JSON.parse(makeUsualReview(artifact)) as { request: { object: Json } });
  return Array.from({ length: count }, (_, at): BenchReview => {
    const { request, ...rest } = usual[at % usual.length] ?? { request: { object: {} } };
    const metadata = { ...(request.object["metadata"] as Json), name: `chat-${at}` };
    const object = { ...request.object, metadata };
    return { body: JSON.stringify({ ...rest, request: { ...request, name: `chat-${at}`, object } }), object };
  });
}

function objectOf({ object }: BenchReview): Json {
  return object;
}

function writeHome(folder: string, registry: string): void {
  const loopback = { host: "127.0.0.1", port: 0 };
  const registries = [{ host: "quay.io", url: registry, plainHttp: true }];
  mkdirSync(join(folder, "policies"));
  writeFileSync(join(folder, "policies", "policy.json"), benchPolicy);
  const namespaces = [{ name: "*", labels: { "assaygate.dev/environment": "production" } }];
  const shared = { registries, namespaces };
  const serving = { listen: loopback, health: loopback, policies: { directory: join(folder, "policies") } };
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...shared, ...serving }));
  writeFileSync(join(folder, "client.json"), JSON.stringify(shared));
}

/** Once to have everything remembered, and then to measure. */
async function reviewAll(bundle: string, folder: string, reviews: readonly BenchReview[]): Promise<number> {
  const gate = startProgram(bundle, ["serve", "--config", "config.json"], folder, { flags: nodeFlags });
  try {
    const { url, ca } = await waitUntilReady(gate);
    const pool = new Pool(url, { connections, connect: { ca } });
    await sendAll(pool, reviews);
    const times: number[] = [];
    for (let run = 0; run < runsOfEach; run += 1) {
      const startMs = performance.now();
      await sendAll(pool, reviews);
      times.push(performance.now() - startMs);
    }
    await pool.close();
    return median(times);
  } finally {
    await gate.stop();
  }
}

async function sendAll(pool: Pool, reviews: readonly BenchReview[]): Promise<void> {
  const headers = { "content-type": "application/json" };
  const left = reviews.values();
  const send = async (): Promise<void> => {
    for (const { body } of left) {
      const answer = await pool.request({ path: "/validate?timeout=10s", method: "POST", headers, body });
      const text = await answer.body.text();
      if (!text.includes('"allowed":true')) throw new Error(`not admitted: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, send));
}

if (import.meta.main) {
  const [bundle = "dist/assaygate.mjs"] = process.argv.slice(2);
  console.log(await measureAudit(join(process.cwd(), bundle)));
}
