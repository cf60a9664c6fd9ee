import { describe, expect, it } from "@jest/globals";
import type { Finding } from "../../../policies/finding.ts";
import { boundRecord, maxRecordBytes } from "../../../records/writing/bound-record.ts";
import { createLog } from "../../../webhook/telemetry/log.ts";
import type { DecisionRecord } from "../../../records/record-schema.ts";

const digest = `sha256:${"a".repeat(64)}`;
const failed: Finding = {
  policy: "production-llm",
  requirement: "safety",
  check: "model-name",
  outcome: "fail",
  reason: "MODEL_NAME_MISMATCH",
  expected: "a",
  found: "b",
  message: "evaluated a, but this workload runs b",
  remedy: "Evaluate the model that runs.",
  field: "metadata",
  evidence: `quay.io/acme/evals@${digest}`,
  model: "a",
};
const passed: Finding = {
  policy: "production-llm",
  requirement: "safety",
  check: "freshness",
  outcome: "pass",
  expected: "at most 30 days",
  found: "2026-11-10T12:00:00.000Z",
  evidence: undefined,
  model: undefined,
};
const usual: DecisionRecord = {
  schema: "assaygate.dev/decision-record/v1",
  time: new Date(0).toISOString(),
  uid: "1",
  user: { username: "u", groups: ["system:authenticated"] },
  operation: "CREATE",
  object: { group: "apps", version: "v1", kind: "Deployment", namespace: "n", name: "d" },
  dryRun: false,
  decision: "deny",
  basis: "judged",
  couldNotLook: false,
  reasons: ["MODEL_NAME_MISMATCH"],
  findings: [failed, passed],
  policySet: digest,
  policies: [{ name: "production-llm", digest, mode: "Enforce", outcome: "fail" }],
  evidence: [{ repository: "quay.io/acme/evals", digest, state: "found", signers: [] }],
  exceptions: [],
  remarks: [],
  cached: true,
  durationMs: { read: 0.123456789, collect: 0, decide: 0.1 },
  gateVersion: "0.1.0",
};

const many = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => ({ ...one }));

/** The line that the log writes, in bytes. */
function lineOf(record: DecisionRecord): number {
  let bytes = 0;
  const out = { write: (line: string) => (bytes += Buffer.byteLength(line)) > 0 };
  createLog("info", out as unknown as NodeJS.WritableStream).writeRecord(boundRecord(record));
  return bytes;
}

describe("a decision record", () => {
  it("is itself where it is as long as nearly all are", () => expect(boundRecord(usual)).toBe(usual));

  it("is itself as long as it fits, also where an estimate doubts it", () => {
    const record = { ...usual, findings: many(80, failed) };
    expect(boundRecord(record)).toBe(record);
    expect(lineOf(record)).toBeGreaterThan(maxRecordBytes / 3);
  });

  it("counts what it leaves out, and leaves out last what it takes to judge again", () => {
    const record = {
      ...usual,
      findings: [...many(5, passed), ...many(2_000, failed)],
      remarks: ["said besides"],
      evidence: many(16, usual.evidence[0]),
    } as DecisionRecord;
    const { findings, truncated, ...rest } = boundRecord(record);
    expect(rest).toMatchObject({
      object: usual.object,
      decision: "deny",
      reasons: usual.reasons,
      policySet: digest,
      policies: usual.policies,
      evidence: record.evidence,
      remarks: [],
      user: { groups: [] },
    });
    expect(findings.length).toBeGreaterThan(100);
    expect(findings.every(({ outcome }) => outcome === "fail")).toBe(true);
    expect(truncated).toEqual({ findings: 2_005 - findings.length, remarks: 1, groups: 1 });
  });

  const usualPolicy = { name: "production-llm", digest, mode: "Enforce", outcome: "fail" } as const;
  const keys = { labels: [], annotations: [], ownLabels: [], ownAnnotations: [], namespaceLabels: [], flags: [] };
  const workload: DecisionRecord["workload"] = {
    keys,
    metadata: [{ path: "metadata", labels: {}, annotations: {} }],
    references: { entries: [], field: "metadata" },
    models: [],
    arguments: [],
    hardware: { accelerator: "none", classes: [], field: "spec" },
  };
  const hugeWorkload = { ...workload, models: many(900, { adapters: ["a".repeat(200)], field: "f", container: "c" }) };
  const artifact = {
    kind: "generic",
    annotations: { key: "a".repeat(20_000) },
    content: { kind: "none" },
    signatures: { kind: "not-looked-for" },
  } as const;
  const hugeEvidence = { repository: "quay.io/acme/evals", digest, state: "found", signers: [], artifact } as const;

  it("keeps what was read before it keeps findings, and some room for those", () => {
    const read = { ...workload, models: many(90, { adapters: ["a".repeat(200)], field: "f", container: "c" }) };
    const evidence = many(2, hugeEvidence);
    const {
      workload: kept,
      truncated,
      ...rest
    } = boundRecord({ ...usual, workload: read, evidence, findings: many(999, failed) });
    expect(kept).toBe(read);
    expect(rest.evidence.map((one) => one.artifact)).toEqual([artifact, undefined]);
    expect(truncated).toMatchObject({ artifacts: 1, findings: 999 - rest.findings.length });
    expect(rest.findings.length).toBeGreaterThan(10);
  });

  const huge = "\u0000".repeat(200_000);
  it.each<[string, Partial<DecisionRecord>]>([
    ["findings", { findings: many(50_000, failed) }],
    ["findings with long texts", { findings: many(100, { ...failed, message: "x".repeat(100_000) }) }],
    ["evidence", { evidence: many(5_000, { ...usual.evidence[0], signers: ["s".repeat(500)] }) as never }],
    ["policies", { policies: many(5_000, usual.policies[0]) as never }],
    ["groups", { user: { username: huge, groups: Array.from({ length: 5_000 }, () => "g".repeat(300)) } }],
    ["what was read of the object", { workload: hugeWorkload }],
    ["what was read of the evidence", { evidence: many(16, hugeEvidence) }],
    ["whole policies", { policies: many(9, { ...usualPolicy, spec: { require: ["r".repeat(9_000)] } }) }],
    ["a whole exception", { exemption: { name: "e", digest, spec: { reason: "r".repeat(90_000) } } }],
    [
      "images",
      { object: { ...usual.object, images: many(2_000, { field: "f".repeat(50), reference: "i".repeat(250) }) } },
    ],
    ["a name", { object: { ...usual.object, name: huge, kind: huge } }],
    ["remarks", { remarks: Array.from({ length: 100 }, () => "\u{1f600}".repeat(3_000)) }],
    ["exceptions and reasons", { exceptions: many(9, "x").map(() => huge), reasons: [huge] }],
  ])("has no more than 64 KiB, whatever is in it: %s", (_, over) => {
    const record = { ...usual, ...over };
    expect(lineOf(record)).toBeLessThanOrEqual(maxRecordBytes);
    expect(boundRecord(record).truncated).not.toEqual({});
    expect(boundRecord(record).policySet).toBe(digest);
  });
});
