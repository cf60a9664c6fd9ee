import { Agent } from "undici";
import { evaluation, referenceTo } from "../../test/support/builders/evaluation.ts";
import { policy, strict } from "../../test/support/builders/policy.ts";
import { review } from "../../test/support/builders/review.ts";
import { deployment } from "../../test/support/builders/workload.ts";
import { startTestGate, type TestGate } from "../../test/support/gate.ts";
import { hang } from "../../test/support/hostile-registry/faults.ts";
import { startHostileRegistry, type HostileRegistry } from "../../test/support/hostile-registry/server.ts";
import { expectSoon } from "../../test/support/soon.ts";
import type { ReviewResponse } from "../../webhook/admission/response.ts";

/** What a registry that gives no answers does to reviews at another one. Milliseconds. */
export interface HangingRegistry {
  readonly pods: number;
  readonly references: number;
  /** Of cold reviews at a healthy registry. */
  readonly aloneP99Ms: number;
  readonly besideP99Ms: number;
  /** All of them have to be. */
  readonly admitted: number;
  readonly reviews: number;
}

const pods = 40;
const referencesOfOne = 16;
/** Cold reviews under way at once, each of evidence that nobody asked for before. */
const atOnce = 8;

/**
 * Cold reviews at a healthy registry, first alone and then while a user keeps so many pods waiting for a registry that takes
 * connections and never answers. A pod that is answered is sent again.
 */
export async function measureHangingRegistry(reviews: number): Promise<HangingRegistry> {
  await using hung = await startHostileRegistry();
  await using healthy = await startHostileRegistry();
  hung.misbehave(hang());
  const repositories = [hung, healthy].map(({ host }) => `${host}/acme/evals`);
  await using gate = await startTestGate(
    {
      "policy.yaml": policy(
        { ...strict, environment: ["production"], maxAge: undefined },
        { evidence: { repositories } },
      ),
    },
    { registries: [hung, healthy].map(({ host }) => ({ host, plainHttp: true })), log: { level: "error" } },
  );
  const clients = new Agent({ connections: pods + atOnce, connect: { rejectUnauthorized: false } });
  const cold = (): Promise<Timed[]> => measureCold(gate, clients, healthy, reviews);
  await cold();
  const alone = await cold();
  const end = new AbortController();
  const pressing = Array.from({ length: pods }, async (_, at) => {
    while (!end.signal.aborted) await send(gate, clients, hung, referencesOfOne, `tenant-${at % 4}`);
  });
  await expectSoon(async () => (await gate.get("/metrics")).body.includes(`assaygate_admission_waiting ${pods}\n`));
  const beside = await cold();
  end.abort();
  await hung.close();
  await Promise.allSettled(pressing);
  await clients.close();
  return {
    pods,
    references: referencesOfOne,
    aloneP99Ms: p99(alone),
    besideP99Ms: p99(beside),
    admitted: [...alone, ...beside].filter(({ allowed }) => allowed).length,
    reviews: 2 * reviews,
  };
}

interface Timed {
  readonly ms: number;
  readonly allowed: boolean;
}

async function measureCold(
  gate: TestGate,
  clients: Agent,
  registry: HostileRegistry,
  reviews: number,
): Promise<Timed[]> {
  const timed: Timed[] = [];
  const client = async (): Promise<void> => {
    while (timed.length < reviews) {
      const startMs = performance.now();
      const allowed = await send(gate, clients, registry, 1, "team");
      timed.push({ ms: performance.now() - startMs, allowed });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, client));
  return timed.slice(0, reviews);
}

let made = 0;

async function send(
  gate: TestGate,
  clients: Agent,
  registry: HostileRegistry,
  references: number,
  namespace: string,
): Promise<boolean> {
  const wanted = Array.from({ length: references }, () => evaluation({ "dev.assaygate.job": String((made += 1)) }));
  for (const one of wanted) registry.push("acme/evals", one);
  const text = wanted.map((one) => referenceTo(one, `${registry.host}/acme/evals`)).join(",");
  const answer = await clients.request({
    origin: gate.url,
    path: "/validate?timeout=10s",
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(review(deployment(text), { namespace })),
  });
  return ((await answer.body.json()) as ReviewResponse).response.allowed;
}

function p99(timed: readonly Timed[]): number {
  const sorted = timed.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
}
