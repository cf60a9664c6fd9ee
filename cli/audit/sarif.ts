import { auditCodes } from "../../audit/codes.ts";
import type { AuditedObject, AuditFinding, AuditResult } from "../../audit/finding.ts";
import { reasons } from "../../policies/reasons.ts";
import { sha256 } from "../../runtime/sha256.ts";
import { gateVersion } from "../../runtime/version.ts";
import { isNewDenial } from "../../audit/compare-decisions.ts";
import type { CliReport } from "./report.ts";

/**
 * An audit as SARIF, for tools that collect findings of many programs: what fails, what is warned of, and what could not be looked
 * at. Of a difference, what would newly be denied. The objects are logical locations, because they lie in no file.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function toSarif(report: CliReport): unknown {
  const { at, unlisted, changes } = report;
  const all = changes === undefined ? report.findings : changes.filter(isNewDenial).flatMap(({ findings }) => findings);
  const findings = all.filter(({ result }) => kinds[result] !== undefined);
  const codes = [...new Set(findings.map(({ code }) => code))].toSorted();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "assaygate", semanticVersion: gateVersion, rules: codes.map(toRule) } },
        invocations: [
          {
            executionSuccessful: unlisted.length === 0,
            endTimeUtc: at.toISOString(),
            toolExecutionNotifications: unlisted.map(({ resource, message }) => ({
              level: "error",
              message: { text: escapeLinks(`${resource} cannot be listed: ${message}`) },
            })),
          },
        ],
        results: findings.map((finding) => toResult(finding, codes.indexOf(finding.code))),
      },
    ],
  };
}

/** A result that is not a failure has no level. */
const kinds: Readonly<Record<AuditResult, { readonly kind: string; readonly level: string } | undefined>> = {
  fail: { kind: "fail", level: "error" },
  warn: { kind: "fail", level: "warning" },
  error: { kind: "open", level: "none" },
  pass: undefined,
  skip: undefined,
};

function toRule(code: string): unknown {
  const own = Object.entries(auditCodes).find(([name]) => name === code)?.[1];
  const reason = Object.entries(reasons).find(([name]) => name === code)?.[1];
  const { meaning = code } = own ?? reason ?? {};
  const remedy = own !== undefined && "remedy" in own ? own.remedy : reason?.remedy;
  return {
    id: code,
    shortDescription: { text: meaning },
    ...(remedy !== undefined && { help: { text: remedy } }),
  };
}

function toResult(
  { object, result, policy, requirement, code, message, evidence }: AuditFinding,
  ruleIndex: number,
): unknown {
  const about = [policy, requirement].filter((name) => name !== undefined).join("/");
  const name = showName(object);
  return {
    ruleId: code,
    ruleIndex,
    ...kinds[result],
    message: { text: escapeLinks(`${name}: ${about === "" ? "" : `${about}: `}${message}`) },
    locations: [{ logicalLocations: [{ name: object.name, fullyQualifiedName: name, kind: "resource" }] }],
    partialFingerprints: { "assaygate/v1": sha256(JSON.stringify([name, about, code, evidence ?? ""])) },
    properties: { object, ...(policy !== undefined && { policy }), ...(evidence !== undefined && { evidence }) },
  };
}

/** Viewers make links of `[text](target)` in messages, and others write parts of ours. SARIF 2.1.0, 3.11.6. */
function escapeLinks(text: string): string {
  return text.replaceAll("](", String.raw`\](`);
}

/** `apps/v1/Deployment/prod-chat/granite`. By its uid where it has no whole name yet, which `generateName` gives it. */
function showName({ apiVersion, kind, namespace, name, uid }: AuditedObject): string {
  const isNamed = (name !== "" && !name.endsWith("-")) || uid === undefined;
  return [apiVersion, kind, namespace, isNamed ? name : `${name}(${uid})`]
    .filter((part) => part !== undefined)
    .join("/");
}
