import { describe, expect, it } from "@jest/globals";
import type { AuditFinding } from "../../../audit/finding.ts";
import { createKnownProblems, listProblems, toChangeEvent } from "../../../webhook/audit/changes.ts";
import { toReportContent } from "../../../webhook/audit/report.ts";

const scope = { apiVersion: "apps/v1", kind: "Deployment", namespace: "prod", name: "granite", uid: "u-1" };

function finding(code: string, change: Partial<AuditFinding> = {}): AuditFinding {
  return { object: scope, result: "fail", policy: "p", requirement: "safety", code, message: "no", ...change };
}

const expired = finding("EVIDENCE_EXPIRED");
const gone = finding("EVIDENCE_NOT_FOUND", { message: "nothing there" });
const admitted = finding("ADMITTED", { result: "pass" });
const content = (...findings: AuditFinding[]) => toReportContent(scope, findings);
const problems = (...findings: AuditFinding[]) => listProblems(content(...findings).results);

describe("an Event about a change", () => {
  it("is raised for what has come to stand against an object", () => {
    expect(toChangeEvent(content(expired, gone), problems(expired))).toEqual({
      about: scope,
      policy: "p",
      reason: "EVIDENCE_NOT_FOUND",
      action: "Audit",
      note: "assaygate: Deployment prod/granite: p/safety: EVIDENCE_NOT_FOUND: nothing there",
      tenant: "the audit of prod",
    });
  });

  it("is one for several things, and says how many more", () => {
    expect(toChangeEvent(content(expired, gone), [])?.note).toMatch(/EVIDENCE_EXPIRED: no \(and 1 more\)$/);
  });

  it.each<[string, AuditFinding[], AuditFinding[]]>([
    ["nothing has changed", [expired], [expired]],
    ["only the words have", [expired], [finding("EVIDENCE_EXPIRED", { message: "41 days" })]],
    ["something has gone away", [expired, gone], [gone]],
    ["it is in order", [expired], [admitted]],
    ["it always was", [], [admitted, finding("NOT_GOVERNED", { result: "skip" })]],
  ])("is not raised where %s", (_, before, now) => {
    expect(toChangeEvent(content(...now), problems(...before))).toBeUndefined();
  });

  it.each<[string, AuditFinding]>([
    ["another result", finding("EVIDENCE_EXPIRED", { result: "warn" })],
    ["another policy", finding("EVIDENCE_EXPIRED", { policy: "q" })],
    ["another requirement", finding("EVIDENCE_EXPIRED", { requirement: "speed" })],
  ])("is raised for the same reason with %s", (_, now) => {
    expect(toChangeEvent(content(now), problems(expired))).toMatchObject({ reason: "EVIDENCE_EXPIRED" });
  });
});

it("what is known of objects is bounded: those that were looked at longest ago are forgotten", () => {
  const known = createKnownProblems();
  for (let at = 0; at < 20_000; at += 1) known.keep(`u-${at}`, [String(at)]);
  known.keep("u-0", ["again"]);
  known.keep("one more", []);
  expect([known.find("u-0"), known.find("u-1"), known.find("u-2")]).toEqual([["again"], undefined, ["2"]]);
});
