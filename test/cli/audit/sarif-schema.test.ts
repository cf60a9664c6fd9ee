import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { AuditFinding, AuditResult } from "../../../audit/finding.ts";
import { toSarif } from "../../../cli/audit/sarif.ts";
import type { CliReport } from "../../../cli/audit/report.ts";
import { componentPath, describeWith } from "../../support/components.ts";

const object = { apiVersion: "apps/v1", kind: "Deployment", namespace: "prod-chat", name: "chat", uid: "0f5c" };
const finding = (result: AuditResult, code: string): AuditFinding => ({
  object,
  result,
  code,
  policy: "production",
  requirement: "safety",
  message: `${code}: [a link](https://evil.example)`,
  evidence: "quay.io/acme/evals@sha256:12",
});
const empty: CliReport = {
  at: new Date("2026-11-20T11:00:00Z"),
  objects: 0,
  findings: [],
  unlisted: [],
  nearMisses: [],
};
const findings = [
  finding("fail", "EVIDENCE_EXPIRED"),
  finding("warn", "MODEL_UNKNOWN"),
  finding("error", "REGISTRY_UNAVAILABLE"),
  finding("pass", "ADMITTED"),
  { object: { apiVersion: "v1", kind: "Pod", name: "" }, result: "fail", code: "NO_SUCH_CODE", message: "" } as const,
];

describeWith(["sarif-schema"], "SARIF, by its schema", () => {
  const folder = mkdtempSync(join(tmpdir(), "assaygate-sarif-"));
  const schema = join(folder, "schema.json");
  beforeAll(() => writeFileSync(schema, readSchema()));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const problemsOf = (log: unknown): string => {
    const file = join(folder, "log.json");
    writeFileSync(file, JSON.stringify(log));
    const args = ["validate", "--strict=false", "-c", "ajv-formats", "-s", schema, "-d", file];
    const { status, stderr } = spawnSync(componentPath("sarif-schema"), args, { encoding: "utf8" });
    return status === 0 ? "" : stderr;
  };

  test.each<[string, CliReport]>([
    ["of nothing", empty],
    ["of findings of each sort", { ...empty, findings }],
    ["that is not whole", { ...empty, unlisted: [{ resource: "jobs.batch", message: "forbidden" }] }],
    [
      "of a difference",
      {
        ...empty,
        changes: [
          {
            object,
            before: { verdict: "admit", against: [] },
            after: { verdict: "deny", against: ["x"] },
            findings,
          } as unknown as NonNullable<CliReport["changes"]>[number],
        ],
      },
    ],
  ])("an audit %s is valid", (_what, report) => {
    expect(problemsOf(toSarif(report))).toBe("");
  });

  test("what is not valid is seen", () => {
    expect(problemsOf({ version: "2.1.0", runs: [{}] })).toContain("tool");
    const log = JSON.stringify(toSarif({ ...empty, findings })).replace('"level":"error"', '"level":"worst"');
    expect(problemsOf(JSON.parse(log))).toContain("level");
  });
});

/**
 * The schema of the package beside the validator, in the draft that the validator knows, and without its one pattern that is no
 * regular expression under the flag `u`.
 */
function readSchema(): string {
  const packages = join(dirname(componentPath("sarif-schema")), "..");
  const text = readFileSync(join(packages, "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"), "utf8");
  const isLanguage = (key: string, value: unknown): boolean => key === "pattern" && String(value).includes("]?$");
  const parsed = JSON.parse(text, (key, value: unknown) => (isLanguage(key, value) ? undefined : value)) as object;
  return JSON.stringify({ ...parsed, id: undefined, $schema: "http://json-schema.org/draft-07/schema#" });
}
