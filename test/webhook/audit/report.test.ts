import { describe, expect, it } from "@jest/globals";
import type { AuditFinding, AuditResult, ObjectAudit } from "../../../audit/finding.ts";
import { reportKinds } from "../../../webhook/audit/report-kind.ts";
import {
  hasNews,
  isSameReport,
  readReport,
  toReport,
  toReportContent,
  toReportedObject,
  toReportPath,
} from "../../../webhook/audit/report.ts";

const [openReport, policyReport] = reportKinds as [(typeof reportKinds)[0], (typeof reportKinds)[0]];
const object = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  namespace: "prod",
  name: "granite",
  uid: "u-1",
  generation: 3,
};
const scope = { apiVersion: "apps/v1", kind: "Deployment", namespace: "prod", name: "granite", uid: "u-1" };

function finding(change: Partial<AuditFinding> = {}): AuditFinding {
  const said = { policy: "p", requirement: "safety", code: "EVIDENCE_EXPIRED", message: "too old" };
  return { object, result: "fail", ...said, ...change };
}

describe("a report", () => {
  it("is owned by its object, and says of it what was found", () => {
    const found = finding({ evidence: "quay.io/acme/evals@sha256:12ab", remedy: "evaluate it again" });
    expect(toReport(openReport, toReportContent(scope, [found]))).toEqual({
      apiVersion: "openreports.io/v1alpha1",
      kind: "Report",
      metadata: {
        name: "assaygate-u-1",
        namespace: "prod",
        labels: { "app.kubernetes.io/managed-by": "assaygate" },
        ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "granite", uid: "u-1" }],
      },
      source: "assaygate",
      scope,
      results: [
        {
          source: "assaygate",
          category: "AI model evaluation",
          policy: "p",
          rule: "safety",
          result: "fail",
          message: "too old",
          properties: {
            code: "EVIDENCE_EXPIRED",
            evidence: "quay.io/acme/evals@sha256:12ab",
            remedy: "evaluate it again",
          },
        },
      ],
      summary: { fail: 1, error: 0, warn: 0, pass: 0, skip: 0 },
    });
  });

  it("of the policy working group has its own kind, and no source of the whole", () => {
    const report = toReport(policyReport, toReportContent(scope, [finding()]));
    expect(report).toMatchObject({ apiVersion: "wgpolicyk8s.io/v1alpha2", kind: "PolicyReport" });
    expect(report).not.toHaveProperty("source");
  });

  it("lies beside its object, under a name that is short enough for any object", () => {
    const long = { ...scope, name: "x".repeat(253) };
    expect(toReportPath(openReport, long)).toBe("/apis/openreports.io/v1alpha1/namespaces/prod/reports/assaygate-u-1");
    expect(toReportPath(policyReport, scope)).toBe(
      "/apis/wgpolicyk8s.io/v1alpha2/namespaces/prod/policyreports/assaygate-u-1",
    );
  });

  it("holds the worst first, so many at most, and counts all", () => {
    const passed = Array.from({ length: 100 }, () => finding({ result: "pass", code: "ADMITTED" }));
    const { results, summary } = toReportContent(scope, [...passed, finding({ result: "warn" }), finding()]);
    expect(results).toHaveLength(50);
    expect(results.slice(0, 3).map(({ result }) => result)).toEqual(["fail", "warn", "pass"]);
    expect(summary).toEqual({ fail: 1, error: 0, warn: 1, pass: 100, skip: 0 });
  });

  it("holds texts of a bounded length, whatever they quote", () => {
    const long = "x".repeat(10_000);
    const all = Array.from({ length: 1_000 }, () => finding({ message: long, evidence: long, remedy: long }));
    expect(JSON.stringify(toReportContent(scope, all)).length).toBeLessThan(50 * 2_500);
  });

  it("of what an audit finds by itself names the gate as the policy: the field must be there", () => {
    const { policy: _1, requirement: _2, ...own } = finding({ code: "CHILD_DIFFERS", result: "warn" });
    const [result] = toReportContent(scope, [own]).results;
    expect(result).toMatchObject({ policy: "assaygate", result: "warn" });
    expect(result).not.toHaveProperty("rule");
  });
});

describe("the object of a report", () => {
  it.each<[string, Partial<ObjectAudit["object"]>]>([
    ["without a uid", { uid: undefined as never }],
    ["in no namespace", { namespace: undefined as never }],
    ["of an empty namespace", { namespace: "" }],
  ])("is none %s", (_, change) => {
    expect(toReportedObject({ object: { ...object, ...change }, findings: [] })).toBeUndefined();
  });
});

describe("there is something to report", () => {
  it.each<[string, AuditResult, string | undefined, boolean]>([
    ["a policy fails", "fail", "p", true],
    ["a policy passes", "pass", "p", true],
    ["something speaks against it by itself", "warn", undefined, true],
    ["it could not be looked at", "error", undefined, true],
    ["nobody judges it", "skip", undefined, false],
    ["it is as its owner", "pass", undefined, false],
  ])("where %s: %s", (_, result, policy, expected) => {
    const { policy: _1, ...rest } = finding({ result });
    expect(hasNews({ findings: [policy === undefined ? rest : { ...rest, policy }] })).toBe(expected);
  });
});

describe("a report of the cluster", () => {
  const content = toReportContent(scope, [finding(), finding({ result: "pass", code: "ADMITTED" })]);
  const stored = JSON.parse(JSON.stringify(toReport(openReport, content))) as { results: object[] };

  it("says the same, whatever the cluster has added", () => {
    const withMore = { ...stored, metadata: { ...stored, generation: 7 }, scope: content.scope };
    expect([isSameReport(stored, content), isSameReport(withMore, content)]).toEqual([true, true]);
    expect(readReport(stored)).toEqual(content.results);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["somebody else's", { ...stored, results: stored.results.map((one) => ({ ...one, source: "kyverno" })) }],
    ["one without results", { ...stored, results: undefined }],
    ["one that was changed", { ...stored, results: stored.results.toReversed() }],
    ["one about another object", { ...stored, scope: { ...scope, uid: "u-2" } }],
  ])("that is %s does not say the same", (_, found) => expect(isSameReport(found, content)).toBe(false));
});
