import { comparePolicyChange, isNewDenial, toVerdict, type PolicyChange } from "../../audit/compare-decisions.ts";
import type { AuditedObject, AuditReport, AuditResult, ObjectAudit, UnlistedResource } from "../../audit/finding.ts";
import type { NearMiss } from "../../audit/near-miss.ts";
import { exit, type ExitCode } from "../io.ts";
import type { NearMissFinder } from "../near-misses.ts";

/** What there is of the model of an object that fails. */
export interface ObjectNearMiss {
  readonly object: AuditedObject;
  readonly nearMiss: NearMiss;
}

/** An audit, as the command line prints it. */
export interface CliReport extends AuditReport {
  readonly nearMisses: readonly ObjectNearMiss[];
  /** What other policies would judge otherwise; undefined where nobody asked. */
  readonly changes?: readonly PolicyChange[];
}

/** Puts a report together while objects come: what is held of each is what is said of it. */
export async function collectReport(
  audits: AsyncIterable<ObjectAudit>,
  { at, unlisted, look, isDiff }: ReportParts,
): Promise<CliReport> {
  const report = { findings: [], nearMisses: [], changes: [] } as MutableReport;
  let objects = 0;
  for await (const { object, findings, judgement } of audits) {
    objects += 1;
    report.findings.push(...findings);
    if (judgement === undefined) continue;
    const { decision, workload, before } = judgement;
    const nearMiss = await look(decision, workload);
    if (nearMiss !== undefined) report.nearMisses.push({ object, nearMiss });
    const change = before && comparePolicyChange(object, toVerdict(before), toVerdict(decision), findings);
    if (change !== undefined) report.changes.push(change);
  }
  const { findings, nearMisses, changes } = report;
  return { at, objects, findings, nearMisses, unlisted, ...(isDiff && { changes }) };
}

interface ReportParts extends Pick<AuditReport, "at"> {
  /** Grows while objects come. */
  readonly unlisted: readonly UnlistedResource[];
  readonly look: NearMissFinder;
  readonly isDiff: boolean;
}

interface MutableReport {
  readonly findings: AuditReport["findings"][number][];
  readonly nearMisses: ObjectNearMiss[];
  readonly changes: PolicyChange[];
}

/** As those of `check`: what fails outweighs what could not be looked at. Of a difference, only what would newly be denied fails. */
export function toAuditExitCode({ findings, changes, unlisted }: CliReport): ExitCode {
  const has = (wanted: AuditResult): boolean => findings.some(({ result }) => result === wanted);
  if (changes === undefined ? has("fail") : changes.some(isNewDenial)) return exit.rejected;
  return has("error") || unlisted.length > 0 ? exit.couldNotLook : exit.ok;
}
