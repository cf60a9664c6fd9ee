/**
 * Sends reviews to one server and prints what became of them. A program of its own, so that it can be held to a core of its own:
 * `node bench/beside/load.ts JOB`, where JOB is a file with a {@link LoadJob}.
 */
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import autocannon from "autocannon";
import { Pool } from "undici";

/** What is to be sent. */
export interface LoadJob {
  readonly url: string;
  readonly ca: string;
  readonly bodies: readonly string[];
  readonly seconds: number;
  /** Each is sent at its time, whatever became of those before; undefined: as fast as they are answered. */
  readonly perSecond?: number;
}

/** What became of it. Milliseconds. */
export interface LoadResult {
  readonly answers: number;
  readonly perSecond: number;
  readonly p99Ms: number;
}

/** Connections that the API server keeps open to one webhook replica under load. */
const connections = 16;
const path = "/validate?timeout=10s";
const headers = { "content-type": "application/json" };

async function loadClosed({ url, ca, bodies, seconds }: LoadJob): Promise<LoadResult> {
  const requests = bodies.map((body) => ({ method: "POST" as const, path, headers, body }));
  const result = await autocannon({ url, connections, duration: seconds, requests, tlsOptions: { ca } });
  const { errors, timeouts, non2xx } = result;
  if (errors + non2xx > 0) throw new Error(`${errors} errors (${timeouts} of them timeouts), ${non2xx} other answers`);
  return { answers: result["2xx"], perSecond: result["2xx"] / result.duration, p99Ms: result.latency.p99 };
}

async function loadOpen({ url, ca, bodies, seconds }: LoadJob, perSecond: number): Promise<LoadResult> {
  const pool = new Pool(url, { connections, connect: { ca } });
  const times: number[] = [];
  const send = async (body: string, dueMs: number): Promise<void> => {
    const answer = await pool.request({ path, method: "POST", headers, body });
    const text = await answer.body.text();
    times.push(performance.now() - dueMs);
    if (!text.includes('"allowed":true')) throw new Error(`not admitted: ${text}`);
  };
  const startMs = performance.now();
  const sent: Promise<void>[] = [];
  while (sent.length < seconds * perSecond) {
    const dueMs = startMs + (sent.length / perSecond) * 1000;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await setTimeout(waitMs);
    sent.push(send(bodies[sent.length % bodies.length] ?? "", dueMs));
  }
  await Promise.all(sent);
  await pool.close();
  const sorted = times.toSorted((a, b) => a - b);
  return { answers: sorted.length, perSecond, p99Ms: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN };
}

if (import.meta.main) {
  const job = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as LoadJob;
  const result = await (job.perSecond === undefined ? loadClosed(job) : loadOpen(job, job.perSecond));
  process.stdout.write(JSON.stringify(result));
}
