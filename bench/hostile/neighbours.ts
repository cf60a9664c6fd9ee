import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Pool } from "undici";
import { startProgram } from "../../scripts/child-process.ts";
import { limits } from "../../registry/limits.ts";
import {
  artifactOf,
  type BuiltArtifact,
  evalhubAnnotations,
  evalhubArtifactType,
  evalhubLayer,
  writeLayout,
} from "../../test/support/artifacts.ts";
import { evaluation, referenceTo } from "../../test/support/builders/evaluation.ts";
import { onlyBenchmarks, policy, strict } from "../../test/support/builders/policy.ts";
import { review } from "../../test/support/builders/review.ts";
import { deployment } from "../../test/support/builders/workload.ts";
import { hostileReview, hostileShapes } from "../../test/support/hostile-shapes/shapes.ts";
import type { ReviewResponse } from "../../webhook/admission/response.ts";
import { measureParseMs, toPermittedMs } from "./hold.ts";
import { makeUsualReview } from "../review.ts";
import { measureCapacity, waitUntilReady } from "../capacity.ts";

/** What hostile reviews do to the harmless ones beside them. */
export interface HostileNeighbours {
  /** Harmless warm reviews a second, 30 % of what the gate can do. */
  readonly perSecond: number;
  readonly aloneP99Ms: number;
  readonly besideP99Ms: number;
  /** How long the dearest of the hostile reviews may hold the event loop. */
  readonly permittedHoldMs: number;
  /** Harmless reviews that were not admitted. */
  readonly lost: number;
}

const share = 0.3;
const small = { bytes: 32 * 1024, perSecond: 20 };
const large = { bytes: 3_000_000, perSecond: 0.5 };
const hostileArtifacts = 16;

/**
 * How long harmless warm reviews take while one who means harm sends pods that are hard to read and names artifacts that are
 * hard to unpack, against alone. Open loop: each is sent at its time, whatever became of those before, and is timed from then.
 */
export async function measureHostileNeighbours(seconds: number, bundle: string): Promise<HostileNeighbours> {
  const folder = mkdtempSync(join(tmpdir(), "assaygate-bench-"));
  const home = join(folder, "assaygate.d");
  const good = evaluation();
  const bombs = Array.from({ length: hostileArtifacts }, (_, at) => bomb(at));
  await furnish(home, [good, ...bombs]);
  const gate = startProgram(bundle, ["serve", "--port", "0", "--health-port", "0"], folder);
  try {
    const { url, ca } = await waitUntilReady(gate);
    const harmless = makeUsualReview(good);
    const perSecond = Math.floor(share * (await measureCapacity({ url, ca }, harmless)));
    const pool = new Pool(url, { connections: 64, connect: { ca } });
    const send: Send = async (body) => {
      const answer = await pool.request({ ...request, body });
      return ((await answer.body.json()) as ReviewResponse).response;
    };
    const harmlessLoad = (): Promise<Timed[]> => timeEach(seconds, perSecond, () => send(harmless));
    await harmlessLoad();
    const alone = await harmlessLoad();
    const largeBodies = bodiesOf(large.bytes);
    const [beside] = await Promise.all([harmlessLoad(), sendHostile(seconds, send, largeBodies, bombs)]);
    await pool.close();
    const parseMs: number[] = [];
    for (const body of largeBodies) parseMs.push(await measureParseMs(body));
    return {
      perSecond,
      aloneP99Ms: p99(alone),
      besideP99Ms: p99(beside),
      permittedHoldMs: Math.max(...parseMs.map((one) => toPermittedMs({ parseMs: one }))),
      lost: [...alone, ...beside].filter(({ allowed }) => !allowed).length,
    };
  } finally {
    await gate.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function furnish(home: string, artifacts: readonly BuiltArtifact[]): Promise<void> {
  mkdirSync(join(home, "policies"), { recursive: true });
  writeFileSync(join(home, "policies", "policy.yaml"), policyThatReads);
  await writeLayout(join(home, "evidence"), artifacts);
}

type Send = (body: string | Buffer) => Promise<ReviewResponse["response"]>;

async function sendHostile(
  seconds: number,
  send: Send,
  largeBodies: readonly Buffer[],
  bombs: readonly BuiltArtifact[],
): Promise<void> {
  const smallBodies = bodiesOf(small.bytes);
  await Promise.all([
    sendInTime(seconds, small.perSecond, (at) => send(pick(smallBodies, at))),
    sendInTime(seconds, large.perSecond, (at) => send(pick(largeBodies, at * 29))),
    sendInTime(seconds, hostileArtifacts / seconds, async (at) => expectRefusal(await send(reviewOf(pick(bombs, at))))),
  ]);
}

interface Timed {
  readonly ms: number;
  readonly allowed: boolean;
}

async function timeEach(seconds: number, perSecond: number, send: () => ReturnType<Send>): Promise<Timed[]> {
  const timed: Timed[] = [];
  await sendInTime(seconds, perSecond, async (_, sinceMs) => {
    const { allowed } = await send();
    timed.push({ allowed, ms: sinceMs() });
  });
  return timed;
}

const request = {
  path: "/validate?timeout=10s",
  method: "POST",
  headers: { "content-type": "application/json" },
} as const;

/** Sends so many a second for so long, each at its time; resolves when all have their answers. */
async function sendInTime(
  seconds: number,
  perSecond: number,
  send: (at: number, sinceMs: () => number) => Promise<unknown>,
): Promise<void> {
  const startMs = performance.now();
  const count = Math.round(seconds * perSecond);
  const sent: Promise<unknown>[] = [];
  while (sent.length < count) {
    const dueMs = startMs + (sent.length / perSecond) * 1000;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await setTimeout(waitMs);
    sent.push(send(sent.length, () => performance.now() - dueMs));
  }
  await Promise.all(sent);
}

const benchmarks = "benchmarks";

/** The usual one and, for one namespace, one that has to unpack what it judges. */
const policyThatReads = [
  policy({ ...strict, environment: ["production"], maxAge: undefined }, { match: { namespaces: ["prod-chat"] } }),
  policy(
    onlyBenchmarks({ provider: "lm_evaluation_harness", id: "mmlu", metric: "acc,none", min: 0.5 }),
    { match: { namespaces: [benchmarks] } },
    benchmarks,
  ),
]
  .map((document) => JSON.stringify(document))
  .join("\n---\n");

/** Two layers that pack to a few kilobytes and hold as many values as fit into a layer, of which no two are alike. */
function bomb(at: number): BuiltArtifact {
  const lists = Buffer.from(`[${"[],".repeat(limits.layerBytes / 3 - 1024)}${at}]`);
  return artifactOf(
    ["a.json", "b.json"].map((name) => evalhubLayer(name, lists)),
    { artifactType: evalhubArtifactType, annotations: evalhubAnnotations() },
  );
}

function reviewOf(artifact: BuiltArtifact): Buffer {
  const object = deployment(referenceTo(artifact), { metadata: { namespace: benchmarks } });
  return Buffer.from(JSON.stringify(review(object)));
}

/** Another denial would measure something else. */
function expectRefusal({ allowed, status }: ReviewResponse["response"]): void {
  if (allowed || !status?.message.includes("ARTIFACT_INVALID"))
    throw new Error(`a hostile artifact is not refused: ${status?.message ?? "admitted"}`);
}

function bodiesOf(bytes: number): Buffer[] {
  return hostileShapes.map(({ make }) => Buffer.from(hostileReview(make(bytes))));
}

/** Goes round, and far enough each time that a short run sees shapes of all readers. */
function pick<T>(list: readonly T[], at: number): T {
  const one = list[at % list.length];
  if (one === undefined) throw new Error("the list is empty");
  return one;
}

function p99(timed: readonly Timed[]): number {
  const sorted = timed.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
}
