import { describe, expect, it } from "@jest/globals";
import { auditObjects, type AuditOptions } from "../../audit/audit-objects.ts";
import type { ClusterObject, ObjectAudit } from "../../audit/finding.ts";
import { createArtifactCache } from "../../evidence/artifact-cache.ts";
import { defaultSettings } from "../../policies/decision/decide.ts";
import { listKeysRead } from "../../policies/decision/read-keys.ts";
import { builtinControllers } from "../../webhook/admission/delegation.ts";
import { createGate } from "../../webhook/admission/gate.ts";
import { builtinKinds } from "../../workload/kinds/builtin-kinds.ts";
import { createDecider } from "../../cli/audit/decider.ts";
import type { Json } from "../support/artifacts.ts";
import { evaluation, now, referenceTo } from "../support/builders/evaluation.ts";
import { compiled, policy } from "../support/builders/policy.ts";
import { deployment, productionLabels } from "../support/builders/workload.ts";
import { createMemorySource, type MemorySource } from "../support/memory-source.ts";

const set = {
  policies: [compiled(policy({ environment: ["SameAsWorkload"], maxAge: "30d" }))],
  exceptions: [],
  digest: "sha256:0",
};

function optionsFor(source: MemorySource): AuditOptions {
  const gate = createGate({
    policies: () => set,
    namespaceLabels: () => productionLabels,
    store: createArtifactCache(source, { hit() {}, miss() {} }),
    kinds: builtinKinds,
    controllers: builtinControllers,
    settings: defaultSettings,
    now: () => new Date(now),
    elapsedMs: () => performance.now(),
  });
  return {
    judge: createDecider(gate, 30_000),
    kinds: builtinKinds,
    keys: listKeysRead(set),
    controllers: builtinControllers,
    policyTimes: new Map(),
    atOnce: 16,
  };
}

function listed(object: Json): ClusterObject {
  const { name } = object["metadata"] as { name: string };
  return { group: "apps", version: "v1", kind: "Deployment", namespace: "prod-chat", name, object };
}

async function* each(count: number, make: (at: number) => Json): AsyncGenerator<ClusterObject> {
  for (let at = 0; at < count; at += 1) yield listed(make(at));
}

async function auditAll(source: MemorySource, objects: AsyncIterable<ClusterObject>): Promise<ObjectAudit[]> {
  const audits: ObjectAudit[] = [];
  for await (const one of auditObjects(objects, optionsFor(source))) audits.push(one);
  return audits;
}

const artifacts = Array.from({ length: 200 }, (_, at) => evaluation({ note: String(at) }));
const at = (n: number) => artifacts[n % artifacts.length] ?? evaluation();

describe("an audit of many workloads", () => {
  it("fetches each artifact once: 5,000 that share 200 take 200 requests", async () => {
    const source = createMemorySource(...artifacts);
    const audits = await auditAll(
      source,
      each(5_000, (n) => deployment(referenceTo(at(n)), { metadata: { name: `chat-${n}` } })),
    );
    expect(audits.map(({ findings: [first] }) => first?.code)).toEqual(Array(5_000).fill("ADMITTED"));
    expect(source.requests).toHaveLength(200);
  });

  it("asks once for what is not there, too", async () => {
    const source = createMemorySource();
    await auditAll(
      source,
      each(1_000, (n) => deployment(referenceTo(at(n % 10)), { metadata: { name: `c-${n}` } })),
    );
    expect(source.requests).toHaveLength(10);
  });

  it("gives them in their order, and takes no more of them than it waits for", async () => {
    const source = createMemorySource(...artifacts);
    let taken = 0;
    const objects = each(100, (n) => {
      taken += 1;
      return deployment(referenceTo(at(n)), { metadata: { name: `chat-${n}` } });
    });
    let done = 0;
    for await (const { object } of auditObjects(objects, optionsFor(source))) {
      expect(object.name).toBe(`chat-${done}`);
      done += 1;
      expect(taken - done).toBeLessThanOrEqual(16);
    }
    expect(done).toBe(100);
  });

  it("says of an object that cannot be read that it fails", async () => {
    const source = createMemorySource();
    const [audit] = await auditAll(
      source,
      each(1, () => ({ metadata: { name: "odd" }, spec: 7 })),
    );
    expect(audit?.findings).toMatchObject([{ result: "fail", code: "REVIEW_INVALID" }]);
  });
});
