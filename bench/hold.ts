import { builtinControllers } from "../webhook/admission/delegation.ts";
import { createGate, type Gate } from "../webhook/admission/gate.ts";
import { respond } from "../webhook/admission/respond.ts";
import { parseReview } from "../webhook/admission/review.ts";
import { parseJson } from "../webhook/server/body.ts";
import { recordOf } from "../webhook/telemetry/record.ts";
import { createArtifactStore } from "../evidence/artifact-store.ts";
import { loadPolicySet } from "../policies/load.ts";
import { evaluation, policy, strict } from "../test/golden/case.ts";
import { hostileReview, hostileShapes } from "../test/support/hostile-shapes/shapes.ts";
import { createMemorySource } from "../test/support/memory-source.ts";
import { builtinKinds } from "../workload/kinds/builtin-kinds.ts";
import { sha256 } from "../webhook/policy-set/policy-set.ts";
import { median } from "./median.ts";

export interface Hold {
  readonly shape: string;
  readonly bytes: number;
  /** Milliseconds that the review holds the event loop, all its turns together. */
  readonly holdMs: number;
  /** What JSON.parse takes for the same body. */
  readonly parseMs: number;
  readonly code: string;
}

export async function measureHolds(sizes: readonly number[], tries: number, only = ""): Promise<Hold[]> {
  const gate = gateOf();
  const holds: Hold[] = [];
  for (const { name, make } of hostileShapes) {
    if (!name.includes(only)) continue;
    for (const size of sizes) {
      const body = Buffer.from(hostileReview(make(size)));
      const parseMs = await leastMs(tries, () => JSON.parse(body.toString()) as unknown);
      const holdMs = await leastMs(tries, () => answerTo(gate, body), Math.max(20, 4 * parseMs));
      holds.push({ shape: name, bytes: body.length, holdMs, parseMs, code: await answerTo(gate, body) });
    }
  }
  return holds;
}

const mostTries = 15;

/**
 * What work takes where nobody else has the processor: the least of several tries by the clock, or the mean by what this
 * thread was given, whichever is less. Beyond `enoughMs` it is tried more often.
 */
async function leastMs(tries: number, work: () => unknown, enoughMs = Infinity): Promise<number> {
  await work();
  let least = Infinity;
  const { user, system } = process.threadCpuUsage();
  for (let at = 1; ; at += 1) {
    const startMs = performance.now();
    await work();
    least = Math.min(least, performance.now() - startMs);
    const busy = process.threadCpuUsage();
    const busyMs = (busy.user + busy.system - user - system) / 1000 / at;
    const ms = Math.min(least, Math.max(busyMs, 0.001));
    if (at >= mostTries || (at >= tries && ms <= enoughMs)) return ms;
  }
}

async function answerTo(gate: Gate, body: Buffer): Promise<string> {
  const review = parseReview(parseJson(body));
  const verdict = await gate.judge(review, { signal: () => AbortSignal.timeout(10_000) });
  if (verdict.cause !== undefined) throw new Error("a review failed", { cause: verdict.cause });
  const answer = respond(review.uid, verdict.decision);
  JSON.stringify(answer);
  JSON.stringify(recordOf(review, verdict));
  return answer.response.auditAnnotations["reasons"] ?? answer.response.auditAnnotations["basis"] ?? "";
}

export function gateOf(policies: readonly string[] = severalPolicies): Gate {
  const loaded = loadPolicySet(
    policies.map((text, at) => ({ path: `policy-${at}.json`, text })),
    sha256,
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return createGate({
    policies: () => loaded.set,
    namespaceLabels: () => ({ "assaygate.dev/environment": "production" }),
    store: createArtifactStore(createMemorySource(evaluation()), { hit: () => undefined, miss: () => undefined }),
    kinds: builtinKinds,
    controllers: builtinControllers,
    settings: { noMatch: "Admit", maxExceptionMs: 1 },
    now: () => new Date(),
    elapsedMs: () => performance.now(),
  });
}

const asks = { ...strict, environment: ["production"], maxAge: undefined };
const severalPolicies = ["one", "two", "three"].map((name) =>
  JSON.stringify(
    policy(
      asks,
      {
        require: [
          { name: "safety", ...asks },
          { name: "fairness", ...asks },
          { name: "other", ...asks },
        ],
      },
      name,
    ),
  ),
);

if (import.meta.main) {
  const [sizes = "32768,98304,3000000", only = ""] = process.argv.slice(2);
  const holds = await measureHolds(sizes.split(",").map(Number), 3, only);
  for (const { shape, bytes, holdMs, parseMs, code } of holds.toSorted(
    (a, b) => b.holdMs / Math.max(20, 4 * b.parseMs) - a.holdMs / Math.max(20, 4 * a.parseMs),
  ))
    console.log(
      (holdMs / Math.max(20, 4 * parseMs)).toFixed(2).padStart(6),
      holdMs.toFixed(1).padStart(8),
      parseMs.toFixed(1).padStart(7),
      String(bytes).padStart(8),
      shape,
      code.slice(0, 60),
    );
  console.log(median(holds.map(({ holdMs, parseMs }) => holdMs / parseMs)), holds.length);
}
