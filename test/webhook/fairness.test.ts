import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { BuiltArtifact } from "../support/artifacts.ts";
import { evaluation, referenceTo } from "../support/builders/evaluation.ts";
import type { Json } from "../support/builders/json.ts";
import { policy, strict } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { deployment } from "../support/builders/workload.ts";
import { startTestGate, type Reply, type TestGate } from "../support/gate.ts";
import { hang } from "../support/hostile-registry/faults.ts";
import { startHostileRegistry, type HostileRegistry } from "../support/hostile-registry/server.ts";
import { expectSoon } from "../support/soon.ts";

const pods = 40;
const referencesOfOne = 16;
let hung: HostileRegistry;
let healthy: HostileRegistry;

beforeEach(async () => {
  [hung, healthy] = await Promise.all([startHostileRegistry(), startHostileRegistry()]);
  hung.misbehave(hang());
});
afterEach(async () => {
  await Promise.all([hung.close(), healthy.close()]);
});

function startGate(config: Json = {}): Promise<TestGate> {
  const requirement = { ...strict, environment: ["production"], maxAge: undefined };
  const repositories = [hung, healthy].map(({ host }) => `${host}/acme/evals`);
  const patient = { plainHttp: true, retries: 0, requestTimeoutMs: 60_000 };
  return startTestGate(
    { "policy.yaml": policy(requirement, { evidence: { repositories } }) },
    {
      registries: [hung, healthy].map(({ host }) => ({ host, ...patient })),
      cache: { fetchTimeoutMs: 60_000 },
      reviewTimeoutMs: 30_000,
      ...config,
    },
  );
}

let made = 0;
const another = (): BuiltArtifact => evaluation({ "dev.assaygate.job": String((made += 1)) });

/** A review with references that nobody asked for before. */
function send(gate: TestGate, registry: HostileRegistry, references: number, namespace: string): Promise<Reply> {
  const wanted = Array.from({ length: references }, another);
  for (const one of wanted) registry.push("acme/evals", one);
  const text = wanted.map((one) => referenceTo(one, `${registry.host}/acme/evals`)).join(",");
  const body = JSON.stringify(review(deployment(text), { namespace }));
  return gate.send({ body, path: "/validate?timeout=30s" });
}

const isAdmitted = ({ status, body }: Reply): boolean =>
  status === 200 && (JSON.parse(body) as { response: { allowed: boolean } }).response.allowed;

/** So many pods of sixteen references each, all waiting for the registry that hangs; and how many of them were answered. */
async function hangPods(gate: TestGate): Promise<{ answered(): number; done: Promise<unknown> }> {
  let answered = 0;
  const replies = Array.from({ length: pods }, (_, at) =>
    send(gate, hung, referencesOfOne, `hostile-${at}`).finally(() => (answered += 1)),
  );
  await expectSoon(async () => (await gate.get("/metrics")).body.includes(`assaygate_admission_waiting ${pods}\n`));
  return { answered: () => answered, done: Promise.allSettled(replies) };
}

describe("a registry that hangs, with 40 pods of 16 references", () => {
  it("takes no place of a healthy one's: cold reviews there are answered before any of them", async () => {
    await using gate = await startGate();
    const hanging = await hangPods(gate);
    const replies = await Promise.all(Array.from({ length: 40 }, (_, at) => send(gate, healthy, 4, `team-${at}`)));
    expect(replies.filter(isAdmitted)).toHaveLength(40);
    expect(healthy.asked("manifest")).toHaveLength(160);
    expect(hanging.answered()).toBe(0);
    await hung.close();
    await hanging.done;
  }, 60_000);

  it("takes no place of those that wait for nothing: reviews are taken, up to as many as may be under way", async () => {
    await using gate = await startGate({ inFlight: { maxReviews: pods } });
    const known = another();
    healthy.push("acme/evals", known);
    const warm = JSON.stringify(review(deployment(referenceTo(known, `${healthy.host}/acme/evals`))));
    expect(isAdmitted(await gate.send({ body: warm }))).toBe(true);
    const hanging = await hangPods(gate);
    expect(isAdmitted(await gate.send({ body: warm }))).toBe(true);
    expect(isAdmitted(await send(gate, healthy, 1, "team"))).toBe(true);
    const refused = await send(gate, hung, 1, "team");
    expect(refused).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    expect(refused.body).toContain(`too many reviews wait for ${hung.host}: try again`);
    expect(hanging.answered()).toBe(0);
    await hung.close();
    await hanging.done;
    expect((await gate.get("/metrics")).body).toContain("assaygate_admission_waiting 0\n");
    expect((await gate.get("/metrics")).body).toContain("assaygate_admission_in_flight 0\n");
  }, 60_000);

  it("is answered for from memory as soon as several reviews got no answer, and a metric says so", async () => {
    const brief = { plainHttp: true, retries: 0, requestTimeoutMs: 200 };
    await using gate = await startGate({ registries: [{ host: hung.host, ...brief }] });
    await Promise.all(Array.from({ length: 4 }, (_, at) => send(gate, hung, 1, `team-${at}`)));
    await expectSoon(async () =>
      (await gate.get("/metrics")).body.includes(`registry_silent{host="${hung.host}"} 1\n`),
    );
    const asked = hung.requests.length;
    const { body } = await send(gate, hung, referencesOfOne, "team");
    expect(body).toContain("no answer to several reviews, so it is not asked again for some seconds");
    expect(hung.requests.length).toBe(asked);
    expect((await gate.get("/metrics")).body).toContain(
      `assaygate_registry_requests_not_sent_total{host="${hung.host}"} ${referencesOfOne}\n`,
    );
    expect(gate.log).toContainEqual(expect.objectContaining({ host: hung.host, level: "warn" }));
  });
});
