import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { decide, defaultSettings } from "../../policies/decision/decide.ts";
import type { Decision } from "../../policies/decision.ts";
import type { EvidenceSet } from "../../policies/evidence.ts";
import type { Exception, Policy, PolicySet } from "../../policies/policy.ts";
import type { DiscoveredEvidence, ModelIndex, Workload } from "../../policies/workload.ts";
import { recordSchema } from "../../records/record-schema.ts";
import type { ReadRecord } from "../../records/record-schema.ts";
import { resolveRecordedPolicies } from "../../records/replay/recorded-policies.ts";
import { replay, type Replay, type ReplayInput } from "../../records/replay/replay.ts";
import { restoreWorkload } from "../../records/restore-workload.ts";
import { writeFields } from "../../records/writing/write-fields.ts";
import { sha256 } from "../../runtime/sha256.ts";
import type { ReviewResult } from "../../webhook/admission/gate.ts";
import { toRecord } from "../../webhook/telemetry/record.ts";
import { anException } from "../support/builders/exception.ts";
import { aPolicy, asking, aWorkload, now, runningModel } from "../support/builders/decision.ts";
import { digest, found, full, lost, references, unavailable } from "../support/builders/evidence.ts";
import { exhibits, situation } from "../support/generated-decisions.ts";

interface Made {
  readonly policies?: readonly Policy[];
  readonly exceptions?: readonly Exception[];
  readonly workload?: Workload;
  readonly evidence?: EvidenceSet;
}

const head = {
  uid: "1",
  operation: "CREATE",
  kind: { group: "apps", version: "v1", kind: "Deployment" },
  namespace: "prod-chat",
  name: "granite",
  user: { username: "jane@example.com", groups: [] },
  dryRun: false,
} as const;

function toSet({ policies = [aPolicy()], exceptions = [] }: Made): PolicySet {
  return { policies, exceptions, digest: "sha256:set" };
}

function decideAgain(made: Made): { readonly decision: Decision; readonly result: ReviewResult } {
  const { workload = aWorkload(), evidence = new Map([found(1)]) } = made;
  const set = toSet(made);
  const settings = defaultSettings;
  const decision = decide({ workload, evidence, ...set, now, settings });
  const facts = { workload, evidence, set, settings, trust: undefined, state: { template: undefined, images: [] } };
  const durationMs = { read: 0, collect: 0, decide: 0 };
  return { decision, result: { decision, generation: set.digest, cached: true, durationMs, facts } };
}

/** The record of a decision, as it comes back from a log. */
function recordOf(made: Made, policies: "Digest" | "Whole" = "Whole"): ReadRecord {
  const record = toRecord(head, decideAgain(made).result, { policies });
  const fields = writeFields(record);
  expect(`{${fields}}`).toBe(JSON.stringify(record));
  return recordSchema.parse(JSON.parse(`{"level":"info",${fields}}`));
}

function replayRecord(record: ReadRecord, change: Partial<ReplayInput> = {}): Replay {
  if (record.workload === undefined) throw new Error("no workload");
  return replay({
    record,
    workload: restoreWorkload(record.object, record.workload),
    recorded: resolveRecordedPolicies(record, change.policies, sha256),
    evidence: undefined,
    policies: undefined,
    now: undefined,
    ...change,
  });
}

const changesOf = ({ steps }: Replay) =>
  steps.map(({ cause, changes, differences }) => ({
    cause,
    changes: changes.map(({ field }) => field),
    differences: differences.map(({ field, before, after }) => [field, before, after]),
  }));

const unlisted = fc.constantFrom<DiscoveredEvidence["problems"]>(
  [],
  [],
  [{ kind: "unavailable", reason: "REGISTRY_DENIED", message: "no", place: `quay.io/acme/evals@${digest(66)}` }],
  [
    {
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: "70 refer to it",
      place: `quay.io/acme/evals@${digest(66)}`,
      until: "2026-11-09T00:00:00Z",
    },
  ],
);
/** Where policies ask for the newest word, some of the references were listed. */
const made = fc
  .record({ shown: exhibits, input: situation, listed: fc.option(fc.record({ problems: unlisted, from: fc.nat(3) })) })
  .map(({ shown, input: { policies, exceptions, models }, listed }) => {
    const entries = shown.map(({ reference }) => reference);
    const list = listed && { references: entries.slice(listed.from), problems: listed.problems };
    return {
      policies,
      exceptions,
      workload: aWorkload({ references: references(...entries), models, ...(list && { listed: list }) }),
      evidence: new Map(shown.flatMap(({ evidence }) => evidence)),
    };
  });

/** Every place in a value that holds a text, a number or a truth, with that. */
function listLeaves(value: unknown, path: readonly string[] = []): { path: readonly string[]; value: unknown }[] {
  if (typeof value !== "object" || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([key, one]) => listLeaves(one, [...path, key]));
}

function changeAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined)
    return typeof value === "boolean" ? !value : typeof value === "number" ? value + 1 : `${String(value)}x`;
  if (Array.isArray(value)) return value.map((one: unknown, at) => (String(at) === key ? changeAt(one, rest) : one));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, one]: [string, unknown]) => [
      name,
      name === key ? changeAt(one, rest) : one,
    ]),
  );
}

describe("a record alone", () => {
  it("comes to what it says, whatever was decided", () => {
    fc.assert(
      fc.property(made, (one) => {
        const record = recordOf(one, "Digest");
        expect(record.policies.every(({ spec }) => spec === undefined)).toBe(true);
        expect(replayRecord(record, { policies: toSet(one) })).toMatchObject({ steps: [], problems: [] });
      }),
      { numRuns: 3_000 },
    );
  });

  it("comes to what it says with nothing else at hand, where it holds its policies whole", () => {
    fc.assert(
      fc.property(made, (one) => expect(replayRecord(recordOf(one))).toMatchObject({ steps: [], problems: [] })),
      { numRuns: 200 },
    );
  });

  it.each<[string, ModelIndex["found"], "admit" | "deny"]>([
    ["an index that lists the model", { kind: "index", size: 2, lists: [digest(67)] }, "admit"],
    ["an index of others", { kind: "index", size: 2, lists: [] }, "deny"],
    ["not an index", { kind: "none" }, "deny"],
    ["absent", { kind: "absent", message: "not there" }, "deny"],
    ["refused", { kind: "refused", message: "malformed" }, "deny"],
    ["not to be had", { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "down" }, "deny"],
  ])("comes to what it says where the evidence is about a digest that is %s", (_, at66, verdict) => {
    const modelIndexes = [{ repository: "quay.io/acme/granite", digest: digest(66), found: at66 }];
    const workload = aWorkload({ models: [{ ...runningModel, digest: digest(67) }], modelIndexes });
    const policies = [asking({ model: { name: "Any", version: "Any", digest: "SameAsWorkload" } })];
    const record = recordOf({ policies, workload });
    expect(record.decision).toBe(verdict);
    expect(record.workload && restoreWorkload(record.object, record.workload).modelIndexes).toEqual(modelIndexes);
    expect(replayRecord(record)).toMatchObject({ steps: [], problems: [] });
  });

  it.each([
    ["benchmark", { id: "arc", passed: true }, "other/gsm8k"],
    ["metric", { id: "mmlu", metric: "acc,norm", min: 0.5 }, "acc,none"],
  ])("comes to what it says where a %s is missing beside others", (_, rule, there) => {
    const one = { provider: "other", metrics: new Map([["acc,none", 0.7]]), passed: undefined };
    const results = ["mmlu", "gsm8k"].map((id) => ({ ...one, id }));
    const content = { kind: "read" as const, benchmarks: results, completedAt: undefined };
    const record = recordOf({
      policies: [asking({ benchmarks: [rule] })],
      evidence: new Map([found(1, { content })]),
    });
    expect(JSON.stringify(record.findings)).toContain(there);
    expect(replayRecord(record)).toMatchObject({ steps: [], problems: [] });
  });

  it("comes to what it says where a benchmark is missing beside a file that cannot be read", () => {
    const unread = ["b.json cannot be read: it is not JSON"];
    const evidence = new Map([found(1, { content: { kind: "read", benchmarks: [], completedAt: undefined, unread } })]);
    const record = recordOf({ policies: [asking({ benchmarks: [{ id: "mmlu", passed: true }] })], evidence });
    const said = record.findings.flatMap((finding) => finding.message ?? []);
    expect(said).toContain("no result for mmlu; b.json cannot be read: it is not JSON");
    expect(replayRecord(record)).toMatchObject({ steps: [], problems: [] });
  });

  it("in which one value of what was decided is changed is named, by that value", () => {
    const decided = new Set(["decision", "couldNotLook", "reasons", "findings", "exceptions", "remarks", "policies"]);
    fc.assert(
      fc.property(made, fc.nat(), (one, pick) => {
        const record = recordOf(one, "Digest");
        const leaves = listLeaves(record).filter(
          ({ path: [top = "", , field] }) => decided.has(top) && (top !== "policies" || field === "outcome"),
        );
        const leaf = leaves[pick % leaves.length];
        if (leaf === undefined) return;
        const changed = changeAt(record, leaf.path) as ReadRecord;
        const [step, ...more] = replayRecord(changed, { policies: toSet(one) }).steps;
        expect(more).toEqual([]);
        expect(step?.cause).toBe("record");
        expect(JSON.stringify(step?.differences)).toContain(
          JSON.stringify(`${String(leaf.value)}x`)
            .slice(1, -1)
            .slice(0, -1),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("in which one value of what was read is changed is named by what was compared, or by the evidence itself", () => {
    const evidence = new Map([found(1)]);
    const record = recordOf({ evidence });
    const leaves = listLeaves(record).filter(({ path }) => path[0] === "evidence" && path.includes("artifact"));
    const named = leaves.filter(({ path }) => {
      const isKind = path.at(-1) === "kind";
      return !isKind;
    });
    expect(named.length).toBeGreaterThan(12);
    for (const { path } of named) {
      const changed = changeAt(record, path) as ReadRecord;
      const fields = replayRecord(changed, { evidence }).steps.flatMap(({ changes }) =>
        changes.map(({ field }) => field),
      );
      expect({ path: path.slice(3).join("."), fields }).toMatchObject({
        fields: [expect.stringContaining(path.at(3) ?? "")],
      });
    }
  });

  it("says of a pass what was compared", () => {
    const { findings } = recordOf({});
    expect(findings.filter(({ expected, found: value }) => !expected || !value)).toEqual([]);
    expect(findings.find(({ check }) => check === "benchmarks")).toMatchObject({
      outcome: "pass",
      expected: "lm_evaluation_harness/mmlu acc,none at least 0.62; garak/toxicity passed",
      found: "0.642; passed",
    });
  });

  it("holds of the object what policies read, and nothing else", () => {
    const secrets = { token: "s3cret", "assaygate.dev/model-name": "granite-3.1-8b-instruct" };
    const workload = aWorkload({
      metadata: [{ path: "metadata", labels: { secret: "s3cret" }, annotations: secrets }],
      namespaceLabels: { secret: "s3cret", "assaygate.dev/environment": "production" },
      arguments: [{ name: "--api-key", value: "s3cret", container: "spec.template.spec.containers[0]" }],
    });
    const record = recordOf({ workload });
    expect(JSON.stringify(record)).not.toContain("s3cret");
    expect(record.workload?.metadata[0]?.annotations).toEqual({
      "assaygate.dev/model-name": "granite-3.1-8b-instruct",
    });
    expect(record.workload?.namespaceLabels).toEqual({ "assaygate.dev/environment": "production" });
  });

  it("is refused where a policy in it is not what its digest says", () => {
    const record = recordOf({});
    const changed = changeAt(record, ["policies", "0", "spec", "require", "0", "maxAge"]) as ReadRecord;
    const patched = JSON.parse(JSON.stringify(changed).replace('"30dx"', '"90d"')) as ReadRecord;
    expect(() => replayRecord(patched)).toThrow("is not what its digest says");
  });

  it("that holds policies by digest says which are not at hand", () => {
    const { replayed, problems } = replayRecord(recordOf({}, "Digest"));
    expect(replayed).toBeUndefined();
    expect(problems).toEqual([expect.stringMatching(/^policy production-llm \(sha256:.*not at hand/)]);
  });
});

describe("what changed since", () => {
  it("the evidence is gone", () => {
    const evidence = new Map([lost(1, { kind: "absent", message: "no such manifest" })]);
    const replayed = replayRecord(recordOf({}), { evidence });
    expect(replayed).toMatchObject({ recorded: "admit", replayed: "deny", problems: [] });
    expect(changesOf(replayed)).toMatchObject([{ cause: "evidence", changes: ["state"] }]);
    expect(replayed.steps[0]?.differences).toContainEqual(
      expect.objectContaining({ field: "reasons", before: "", after: "EVIDENCE_NOT_FOUND" }),
    );
  });

  it("the evidence cannot be looked at, which is not that it is gone", () => {
    const replayed = replayRecord(recordOf({}), { evidence: new Map([lost(1, unavailable)]) });
    expect(replayed).toMatchObject({ differs: false, problems: [expect.stringContaining("quay.io answered 503")] });
    expect(replayed.steps[0]?.changes[0]?.after).toContain("unavailable");
  });

  it("a signer is no longer trusted", () => {
    const signers = [{ cosign: { keyRef: "ci.pub", transparencyLog: "NotRequired" } }];
    const policies = [aPolicy({ evidence: { repositories: ["quay.io/acme/evals"], signers } })];
    const signer = JSON.stringify(["keyRef", "ci.pub", false]);
    const signatures = { kind: "checked", seen: 1, verified: [{ signer, identity: "key 1" }], problems: [] } as const;
    const record = recordOf({ policies, evidence: new Map([found(1, { signatures })]) });
    expect(record.decision).toBe("admit");
    const evidence = new Map([found(1, { signatures: { ...signatures, verified: [] } })]);
    const replayed = replayRecord(record, { evidence, trust: "sha256:new" });
    expect(changesOf(replayed)).toMatchObject([{ cause: "signatures", changes: ["trust", "signatures.verified.0"] }]);
    expect(replayed.replayed).toBe("deny");
  });

  it("a policy asks for more", () => {
    const policies = toSet({ policies: [asking({ benchmarks: [{ id: "mmlu", metric: "acc,none", min: 0.9 }] })] });
    const record = recordOf({ policies: [asking({ benchmarks: [{ id: "mmlu", metric: "acc,none", min: 0.62 }] })] });
    const replayed = replayRecord(record, { policies, evidence: new Map([found(1)]) });
    expect(changesOf(replayed)).toMatchObject([{ cause: "policies", changes: ["digest"] }]);
    expect(replayed.steps[0]?.differences).toContainEqual(
      expect.objectContaining({ field: "expected", after: "at least 0.9" }),
    );
  });

  it("a policy reads what the record does not hold, which is not guessed", () => {
    const policies = toSet({ policies: [aPolicy({ match: { objectSelector: { matchLabels: { team: "a" } } } })] });
    const replayed = replayRecord(recordOf({}), { policies, evidence: new Map([found(1)]) });
    expect(replayed.problems).toEqual([expect.stringContaining("label team")]);
  });

  it("an exception is over", () => {
    const exceptions = [anException()];
    const evidence = new Map([found(1, { annotations: { "dev.assaygate.environment": "staging" } })]);
    const record = recordOf({ exceptions, evidence });
    expect(record).toMatchObject({ decision: "warn", exemption: { name: "launch" } });
    const replayed = replayRecord(record, { now: new Date("2026-11-26T00:00:00Z") });
    expect(changesOf(replayed)).toMatchObject([{ cause: "time", changes: ["time"] }]);
    expect(replayed).toMatchObject({ recorded: "warn", replayed: "deny" });
  });

  it("time goes by, and only outcomes count", () => {
    expect(replayRecord(recordOf({}), { now: new Date("2026-11-21T00:00:00Z") }).steps).toMatchObject([
      { cause: "time", differences: [] },
    ]);
    expect(replayRecord(recordOf({}), { now: new Date("2027-06-01T00:00:00Z") })).toMatchObject({ replayed: "deny" });
  });

  it("one at a time, each under its own cause", () => {
    const replayed = replayRecord(recordOf({}), {
      evidence: new Map([lost(1, { kind: "absent", message: "gone" })]),
      policies: toSet({ policies: [aPolicy({ mode: "Warn" })] }),
    });
    expect(changesOf(replayed).map(({ cause }) => cause)).toEqual(["evidence", "policies"]);
    expect(replayed).toMatchObject({ recorded: "admit", replayed: "warn" });
  });
});

it("reads every model, gap and problem back as it was", () => {
  const workload = aWorkload({
    models: [{ ...runningModel, name: undefined, gap: "opaque", unreadable: "a secret", openEnvironment: "X" }],
    references: { ...references(full(1)), problem: "two" },
    tooLarge: { message: "more", field: "spec" },
  });
  const { object, workload: read } = recordOf({ workload });
  expect(read && restoreWorkload(object, read)).toEqual({
    ...workload,
    metadata: [{ ...workload.metadata[0], annotations: workload.metadata[0].annotations }],
  });
});
