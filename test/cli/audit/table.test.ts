import { expect, it } from "@jest/globals";
import { toTable } from "../../../cli/audit/table.ts";
import { printAll } from "../../../cli/io.ts";
import type { AuditFinding } from "../../../audit/finding.ts";
import { Collector } from "../program.ts";

it("has room for more findings than a call takes arguments", () => {
  const object = { apiVersion: "v1", kind: "Pod", namespace: "prod-chat", name: "a" };
  const finding: AuditFinding = { object, result: "fail", code: "EVIDENCE_MISSING", message: "none" };
  const findings = Array.from({ length: 300_000 }, () => finding);
  const report = { at: new Date(0), objects: 1, findings, nearMisses: [], unlisted: [] };
  const lines = toTable(report, (_, text) => text);
  expect(lines).toHaveLength(findings.length + 2);
  const out = new Collector();
  printAll(out, lines);
  expect(out.text.split("\n")).toHaveLength(lines.length + 1);
});
