import { expect, it } from "@jest/globals";
import { createArtifactCache } from "../../../evidence/artifact-cache.ts";
import { defaultSettings } from "../../../policies/decision/decide.ts";
import { loadPolicySet } from "../../../policies/language/load.ts";
import { readRecords } from "../../../records/read-records.ts";
import { sha256 } from "../../../runtime/sha256.ts";
import { createGate } from "../../../webhook/admission/gate.ts";
import { parseReview, toHead } from "../../../webhook/admission/review.ts";
import { toRecord } from "../../../webhook/telemetry/record.ts";
import { builtinKinds } from "../../../workload/kinds/builtin-kinds.ts";
import { deployment } from "../../support/builders/workload.ts";
import { evaluation, referenceTo } from "../../support/builders/evaluation.ts";
import { policy, strict } from "../../support/builders/policy.ts";
import { review } from "../../support/builders/review.ts";
import type { Json } from "../../support/artifacts.ts";
import { createMemorySource } from "../../support/memory-source.ts";

const artifact = evaluation();
const asks = { ...strict, environment: ["production"], maxAge: "30d" };

async function recordOf(object: Json, settings: Parameters<typeof toRecord>[2] = { policies: "Digest" }) {
  const loaded = loadPolicySet([{ path: "policy.json", text: JSON.stringify(policy(asks)) }], sha256);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const gate = createGate({
    policies: () => loaded.set,
    namespaceLabels: () => ({}),
    store: createArtifactCache(createMemorySource(artifact), { hit() {}, miss() {} }),
    kinds: builtinKinds,
    controllers: [],
    settings: defaultSettings,
    trustDigest: () => "sha256:trust",
    now: () => new Date("2026-11-20T12:00:00Z"),
    elapsedMs: () => 0,
  });
  const asked = parseReview(review(object));
  const result = await gate.judge(asked, { signal: () => AbortSignal.timeout(10_000) });
  const read = await readRecords([JSON.stringify(toRecord(toHead(asked), result, settings))]).next();
  return read.done === true ? undefined : read.value.record;
}

const stored = { metadata: { uid: "f3a1", generation: 7 } };

it("says which object it was, in which state, and by which trust it was judged", async () => {
  const record = await recordOf(deployment(referenceTo(artifact), stored));
  expect(record).toMatchObject({
    decision: "admit",
    trust: "sha256:trust",
    object: {
      uid: "f3a1",
      generation: 7,
      template: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      images: [{ field: "spec.template.spec.containers[0].image", reference: expect.any(String) }],
    },
  });
});

it("knows another template, whatever else is the same, and the same one under another name", async () => {
  const template = async (change: Json) => (await recordOf(deployment(referenceTo(artifact), change)))?.object.template;
  const first = await template(stored);
  expect(await template({ metadata: { uid: "0", name: "other" } })).toBe(first);
  const spec = { template: { spec: { terminationGracePeriodSeconds: 31 } } };
  expect(await template({ spec })).not.toBe(first);
});

it("holds policies whole where it should, and by digest otherwise", async () => {
  const object = deployment(referenceTo(artifact), stored);
  expect((await recordOf(object))?.policies.map(({ spec }) => spec)).toEqual([undefined]);
  const whole = await recordOf(object, { policies: "Whole" });
  expect(whole?.policies[0]?.spec).toMatchObject({ require: [{ name: "safety", maxAge: "30d" }] });
});

it("holds of what cannot be read its identity alone", async () => {
  const record = await recordOf(deployment("x", { ...stored, spec: { template: { spec: { containers: 1 } } } }));
  expect(record).toMatchObject({ reasons: ["REVIEW_INVALID"], object: { uid: "f3a1" } });
  expect(record?.workload).toBeUndefined();
});
