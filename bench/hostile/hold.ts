import { builtinControllers } from "../../webhook/admission/delegation.ts";
import { createGate, type Gate } from "../../webhook/admission/gate.ts";
import { respond } from "../../webhook/admission/response.ts";
import { parseBody } from "../../webhook/server/body.ts";
import { toRecord } from "../../webhook/telemetry/record.ts";
import { createArtifactCache } from "../../evidence/artifact-cache.ts";
import { loadPolicySet } from "../../policies/language/load.ts";
import { writeFields } from "../../records/writing/write-fields.ts";
import { boundRecord } from "../../records/writing/bound-record.ts";
import { evaluation } from "../../test/support/builders/evaluation.ts";
import type { Json } from "../../test/support/builders/json.ts";
import { policy, strict } from "../../test/support/builders/policy.ts";
import { hostileReview, hostileShapes } from "../../test/support/hostile-shapes/shapes.ts";
import { createMemorySource } from "../../test/support/memory-source.ts";
import { Budget, readingLimits, type BudgetItem } from "../../workload/budget.ts";
import { readWorkload, type WorkloadInput } from "../../workload/read.ts";
import { WorkloadError } from "../../workload/shape.ts";
import { inputFor } from "../../test/support/builders/workload.ts";
import { builtinKinds } from "../../workload/kinds/builtin-kinds.ts";
import { sha256 } from "../../runtime/sha256.ts";

/** What one review costs. Milliseconds of the event loop. */
export interface Hold {
  readonly shape: string;
  readonly bytes: number;
  /** Milliseconds that the review holds the event loop, all its turns together. */
  readonly holdMs: number;
  /** What JSON.parse takes for the same body. */
  readonly parseMs: number;
  /** What reading the object takes, and what was counted meanwhile, see {@link stepsOf}. */
  readonly readMs: number;
  readonly steps: number;
}

/** A review may hold the event loop so long, or four times what its JSON takes to parse. */
export const permittedMs = 20;

/** How long a review may hold the event loop, by what its JSON takes to parse. */
export function toPermittedMs({ parseMs }: Pick<Hold, "parseMs">): number {
  return Math.max(permittedMs, 4 * parseMs);
}

/** Every shape, of each of these sizes that makes a difference to it. */
export async function measureHolds(sizes: readonly number[], tries: number, only = ""): Promise<Hold[]> {
  const gate = createBenchGate();
  const holds: Hold[] = [];
  for (const { name, make } of hostileShapes) {
    if (!name.includes(only)) continue;
    const bodies = new Map(sizes.map((size) => hostileReview(make(size))).map((text) => [text.length, text]));
    for (const text of bodies.values()) holds.push(await holdOf(name, text, gate, tries));
  }
  return holds;
}

async function holdOf(shape: string, text: string, gate: Gate, tries: number): Promise<Hold> {
  const body = Buffer.from(text);
  const input = inputOf(text);
  const parseMs = await measureParseMs(body);
  const holdMs = await leastMs(tries, () => answerTo(gate, body), toPermittedMs({ parseMs }));
  const readMs = await leastMs(tries, () => stepsOf(input, body.length));
  return { shape, bytes: body.length, holdMs, parseMs, readMs, steps: stepsOf(input, body.length) };
}

/** What JSON.parse takes for a body. */
export function measureParseMs(body: Buffer): Promise<number> {
  return leastMs(3, () => JSON.parse(body.toString()) as unknown);
}

function inputOf(text: string): WorkloadInput {
  const { request } = JSON.parse(text) as { request: { object: Json } };
  return inputFor(request.object);
}

/** The API server takes no larger objects. */
const mostBytes = 3 * 2 ** 20;

/**
 * Reads the object. What was counted, each kind as a part of its limit, since every limit stands for about the same time, and
 * the object's bytes as a part of what it may have: nothing may be worse than linear in them.
 */
function stepsOf(input: WorkloadInput, bytes: number): number {
  const budget = new Budget();
  try {
    readWorkload(input, undefined, budget);
  } catch (cause) {
    if (!(cause instanceof WorkloadError)) throw cause;
  }
  const counts = Object.entries(budget.spent) as [BudgetItem, number][];
  const parts = counts.map(([counted, count]) => Math.min(count / readingLimits[counted], 1));
  return parts.reduce((sum, part) => sum + part, bytes / mostBytes);
}

const mostTries = 15;
/** The clock of what a thread was given ticks so slowly. */
const coarseMs = 4;

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
    const ms = busyMs > coarseMs ? Math.min(least, busyMs) : least;
    if (at >= mostTries || (at >= tries && ms <= enoughMs)) return ms;
  }
}

/**
 * Does all that the gate does for a review, from its bytes to the answer and the record. The reasons given. Throws
 * where the gate itself failed.
 */
export async function answerTo(gate: Gate, body: Buffer): Promise<string> {
  const review = parseBody(body);
  const verdict = await gate.judge(review, { signal: () => AbortSignal.timeout(10_000) });
  if (verdict.cause !== undefined) throw new Error("a review failed", { cause: verdict.cause });
  const answer = respond(review.uid, verdict.decision);
  JSON.stringify(answer);
  writeFields(boundRecord(toRecord(review, verdict, { policies: "Digest" })));
  return answer.response.auditAnnotations["reasons"] ?? answer.response.auditAnnotations["basis"] ?? "";
}

/** A gate with these policies (JSON), and one artifact in memory. */
export function createBenchGate(policies: readonly string[] = severalPolicies): Gate {
  const loaded = loadPolicySet(
    policies.map((text, at) => ({ path: `policy-${at}.json`, text })),
    sha256,
  );
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return createGate({
    policies: () => loaded.set,
    namespaceLabels: () => ({ "assaygate.dev/environment": "production" }),
    store: createArtifactCache(createMemorySource(evaluation()), { hit: () => undefined, miss: () => undefined }),
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
  const worst = holds.toSorted((one, other) => other.holdMs / toPermittedMs(other) - one.holdMs / toPermittedMs(one));
  for (const hold of worst.slice(0, 60)) {
    const { shape, bytes, holdMs, parseMs, readMs, steps } = hold;
    const numbers = [holdMs / toPermittedMs(hold), holdMs, parseMs, readMs / steps].map((one) =>
      one.toFixed(2).padStart(9),
    );
    console.log(...numbers, String(bytes).padStart(8), shape);
  }
}
