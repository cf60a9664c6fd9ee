import { expect, it } from "@jest/globals";
import { Writable } from "node:stream";
import { createArtifactCache } from "../../../evidence/artifact-cache.ts";
import { defaultSettings } from "../../../policies/decision/decide.ts";
import { loadPolicySet } from "../../../policies/language/load.ts";
import type { PolicySet } from "../../../policies/policy.ts";
import type { DecisionRecord } from "../../../records/record-schema.ts";
import { writeFields } from "../../../records/writing/write-fields.ts";
import { sha256 } from "../../../runtime/sha256.ts";
import { createGate } from "../../../webhook/admission/gate.ts";
import { parseReview, toHead } from "../../../webhook/admission/review.ts";
import { createLog } from "../../../webhook/telemetry/log.ts";
import { toRecord } from "../../../webhook/telemetry/record.ts";
import { builtinKinds } from "../../../workload/kinds/builtin-kinds.ts";
import type { Json } from "../../support/artifacts.ts";
import { evaluation, referenceTo } from "../../support/builders/evaluation.ts";
import { policy, strict } from "../../support/builders/policy.ts";
import { review } from "../../support/builders/review.ts";
import { deployment } from "../../support/builders/workload.ts";
import { createMemorySource } from "../../support/memory-source.ts";

const artifact = evaluation();

function load(asks: Json): PolicySet {
  const text = JSON.stringify(policy({ ...strict, environment: ["production"], maxAge: undefined, ...asks }));
  const loaded = loadPolicySet([{ path: "policy.json", text }], sha256);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.set;
}

/** A gate that remembers what it was shown, under a policy set that can be changed. */
function startJudging() {
  let set = load({});
  const gate = createGate({
    policies: () => set,
    namespaceLabels: () => ({}),
    store: createArtifactCache(createMemorySource(artifact), { hit() {}, miss() {} }),
    kinds: builtinKinds,
    controllers: [],
    settings: defaultSettings,
    now: () => new Date("2026-11-20T12:00:00Z"),
    elapsedMs: () => 0,
  });
  return {
    follow(next: PolicySet): void {
      set = next;
    },
    async recordOf(object: Json): Promise<DecisionRecord> {
      const asked = parseReview(review(object));
      const result = await gate.judge(asked, { signal: () => AbortSignal.timeout(10_000) });
      return toRecord(toHead(asked), result, { policies: "Digest" });
    },
  };
}

const object = deployment(referenceTo(artifact));

it("a record is written as JSON.stringify writes it, however often its parts were written before", async () => {
  const { recordOf } = startJudging();
  for (let time = 0; time < 4; time += 1) {
    const record = await recordOf(object);
    expect(`{${writeFields(record)}}`).toBe(JSON.stringify(record));
  }
});

it("a part that is not frozen is written as it is now", async () => {
  const record = await startJudging().recordOf(object);
  const { evidence, workload } = record;
  const [first] = evidence;
  if (first?.artifact === undefined || workload === undefined) throw new Error("nothing was found");
  const open = { ...first.artifact, subject: "one" };
  const changing = {
    ...record,
    workload: { ...workload, keys: { ...workload.keys } },
    evidence: [{ ...first, artifact: open }],
  };
  expect(`{${writeFields(changing)}}`).toBe(JSON.stringify(changing));
  open.subject = "another";
  expect(`{${writeFields(changing)}}`).toBe(JSON.stringify(changing));
});

it("what was read of an object that is shown again is the same one, and another as soon as the object is", async () => {
  const { recordOf } = startJudging();
  await recordOf(object);
  const [second, third] = [await recordOf(object), await recordOf(object)];
  expect(third.workload).toBe(second.workload);
  expect(third.object.template).toBe(second.object.template);
  const changed = await recordOf(
    deployment(referenceTo(artifact), { spec: { template: { spec: { hostIPC: true } } } }),
  );
  expect(changed.object.template).not.toBe(second.object.template);
  expect(`{${writeFields(changed)}}`).toBe(JSON.stringify(changed));
});

it("the record of a remembered object has the annotations that the policies of its time read", async () => {
  const { follow, recordOf } = startJudging();
  const named = deployment(referenceTo(artifact), { metadata: { annotations: { team: "search" } } });
  for (let time = 0; time < 3; time += 1)
    expect((await recordOf(named)).workload?.metadata[0]?.annotations).not.toHaveProperty("team");
  follow(load({ expressions: [{ cel: "workload.annotations['team'] == 'search'", message: "another team" }] }));
  const record = await recordOf(named);
  expect(record.workload?.metadata[0]?.annotations).toHaveProperty("team", "search");
  expect(`{${writeFields(record)}}`).toBe(JSON.stringify(record));
});

it("its line is the one that the logger would write, and is left out where the logger would leave it out", async () => {
  const record = await startJudging().recordOf(object);
  const lines: string[] = [];
  const out = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      lines.push(line);
      done();
    },
  });
  const log = createLog("info", out);
  log.logger.info(record, "decision");
  log.writeRecord(record);
  const [own, written] = lines.map((line) => line.replace(/"ts":\d+/, '"ts":0'));
  expect(written).toBe(own);
  createLog("warn", out).writeRecord(record);
  expect(lines).toHaveLength(2);
});
