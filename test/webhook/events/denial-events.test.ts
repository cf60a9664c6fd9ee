import { describe, expect, it } from "@jest/globals";
import { decide, defaultSettings } from "../../../policies/decision/decide.ts";
import type { Decision } from "../../../policies/decision.ts";
import type { Policy } from "../../../policies/policy.ts";
import type { ReviewResult } from "../../../webhook/admission/gate.ts";
import { parseReview, toHead } from "../../../webhook/admission/review.ts";
import { listDenialEvents } from "../../../webhook/events/denial-events.ts";
import type { EventDraft } from "../../../webhook/events/event.ts";
import { aPolicy, aWorkload, decideOn, everything, now } from "../../support/builders/decision.ts";
import { compiled, policy } from "../../support/builders/policy.ts";
import { references } from "../../support/builders/evidence.ts";
import type { Json } from "../../support/builders/json.ts";
import { review } from "../../support/builders/review.ts";
import { deployment } from "../../support/builders/workload.ts";

const findPolicy = (name: string) => ({
  apiVersion: "assaygate.dev/v1alpha1",
  kind: "EvaluationPolicy",
  namespace: "",
  name,
  uid: `uid-of-${name}`,
});
const owner = { apiVersion: "serving.kserve.io/v1beta1", kind: "InferenceService", name: "granite", uid: "u-1" };
const other = { apiVersion: "v1", kind: "ConfigMap", name: "settings", uid: "u-2" };

const withoutEvidence = aWorkload({ references: references() });
const denied = (policies: readonly Policy[] = [aPolicy()]): Decision =>
  decideOn({ policies, workload: withoutEvidence, evidence: [] });

function eventsOf(decision: Decision, object: Json = {}, request: Json = {}, find = findPolicy as Find): EventDraft[] {
  const head = toHead(parseReview(review(deployment(undefined, object), request)));
  const durationMs = { read: 0, collect: 0, decide: 0 };
  const result: ReviewResult = { decision, generation: "", durationMs, cached: true };
  return listDenialEvents(head, result, find);
}
type Find = Parameters<typeof listDenialEvents>[2];

const owned = { metadata: { ownerReferences: [other, { ...owner, controller: true }] } };

describe("a denial", () => {
  it("raises an Event on the policy, and on the owner of the object", () => {
    const [ofPolicy, ofOwner, ...more] = eventsOf(denied(), owned);
    expect(more).toEqual([]);
    expect(ofPolicy).toMatchObject({ about: findPolicy("production-llm"), policy: "production-llm", action: "Deny" });
    expect(ofPolicy?.related).toBeUndefined();
    expect(ofOwner).toMatchObject({ about: { ...owner, namespace: "prod-chat" }, reason: "EVIDENCE_MISSING" });
    const words = /^assaygate: Deployment prod-chat\/granite denied by production-llm\/safety: EVIDENCE_MISSING: /;
    expect([ofPolicy?.note, ofOwner?.note]).toEqual([expect.stringMatching(words), expect.stringMatching(words)]);
    expect([ofPolicy?.note, ofOwner?.note].join()).not.toContain("\n");
  });

  it("raises none on the policy where that is a file, and none on an owner where there is none", () => {
    expect(eventsOf(denied(), {}, {}, () => undefined)).toEqual([]);
    expect(eventsOf(denied(), {})).toHaveLength(1);
  });

  it("is told the first owner where none controls", () => {
    const [, ofOwner] = eventsOf(denied(), { metadata: { ownerReferences: [other, owner] } });
    expect(ofOwner?.about).toEqual({ ...other, namespace: "prod-chat" });
  });

  it.each<[string, unknown]>([
    ["no list", { ...owner }],
    ["a text", ["granite"]],
    ["without a name", [{ ...owner, name: undefined }]],
    ["with a name that is none", [{ ...owner, name: "x".repeat(300) }]],
    ["with a number for a kind", [{ ...owner, kind: 7 }]],
    ["too many of them", Array.from({ length: 65 }, () => owner)],
  ])("of an object whose owners are %s raises none on an owner", (_, ownerReferences) => {
    expect(eventsOf(denied(), { metadata: { ownerReferences } }).map(({ about }) => about.kind)).toEqual([
      "EvaluationPolicy",
    ]);
  });

  it("of an UPDATE raises it on the object, which is there", () => {
    const stored = { metadata: { uid: "u-9", ...owned.metadata } };
    const [ofPolicy, ofObject] = eventsOf(denied(), stored, { operation: "UPDATE" });
    const object = { apiVersion: "apps/v1", kind: "Deployment", namespace: "prod-chat", name: "granite", uid: "u-9" };
    expect(ofObject?.about).toEqual(object);
    expect(ofPolicy?.related).toEqual(object);
  });

  it("by many policies raises four on policies at most", () => {
    const many = Array.from({ length: 9 }, (_, at) => aPolicy({}, `policy-${at}`));
    expect(eventsOf(denied(many), owned).map(({ about }) => about.kind)).toEqual([
      ...Array.from({ length: 4 }, () => "EvaluationPolicy"),
      "InferenceService",
    ]);
  });

  it("says of each policy its own reason", () => {
    const tags = compiled(policy({ ...everything, complianceTags: ["never"] }, {}, "tags"));
    const fresh = compiled(policy({ ...everything, environment: ["never"] }, {}, "fresh"));
    const both = eventsOf(decideOn({ policies: [tags, fresh] }));
    expect(both.map(({ policy: name, reason }) => [name, reason])).toEqual([
      ["tags", "COMPLIANCE_TAG_MISSING"],
      ["fresh", "ENVIRONMENT_MISMATCH"],
    ]);
  });

  it("raises nothing on policies that only warn or audit", () => {
    const policies = [aPolicy({ mode: "Warn" }, "warns"), aPolicy({ mode: "Audit" }, "audits"), aPolicy()];
    expect(eventsOf(denied(policies)).map(({ policy: name }) => name)).toEqual(["production-llm"]);
  });

  it("without any policy is told to the owner", () => {
    const decision = decide({
      workload: withoutEvidence,
      evidence: new Map(),
      policies: [],
      exceptions: [],
      now,
      settings: { ...defaultSettings, noMatch: "Deny" },
    });
    expect(eventsOf(decision, owned)).toMatchObject([{ about: { kind: owner.kind }, policy: "", reason: "NO_POLICY" }]);
  });
});

describe("nothing is raised", () => {
  it("for a dry run", () => expect(eventsOf(denied(), owned, { dryRun: true })).toEqual([]));

  it("for an admission, or one with a warning", () => {
    expect(eventsOf(decideOn(), owned)).toEqual([]);
    expect(eventsOf(denied([aPolicy({ mode: "Warn" })]), owned)).toEqual([]);
  });
});
