import type { PassSummary } from "../../audit/audit-pass.ts";
import type { AuditStage } from "../../audit/continuous-audit.ts";
import type { ReportOutcome } from "../../audit/write-findings.ts";
import type { Instruments } from "./instruments.ts";

/** What is counted of audits. */
export interface AuditSeries {
  auditFinished(summary: PassSummary, durationMs: number): void;
  /** This replica audits no longer: what it found is not told any more. */
  auditEnded(): void;
  auditFailed(stage: AuditStage): void;
  auditReported(outcome: ReportOutcome): void;
}

/** The metrics of audits. Codes are a closed set; those of the last audit that came to its end are told. */
export function createAuditSeries({ counter, gauge }: Instruments): AuditSeries {
  const lastRun = gauge("audit_last_run_timestamp_seconds", "When the last audit by this replica came to its end.");
  const duration = gauge("audit_last_run_duration_seconds", "How long it took.");
  const objects = gauge("audit_objects", "Objects that it looked at.");
  const findings = gauge("audit_findings", "What it found, by result and code.", ["result", "code"]);
  const errors = counter("audit_errors_total", "What an audit could not do.", ["stage"]);
  const reports = counter("audit_reports_total", "Reports of audits, by what became of them.", ["outcome"]);
  return {
    auditFinished(summary, durationMs) {
      lastRun.setToCurrentTime();
      duration.set(durationMs / 1_000);
      objects.set(summary.objects);
      findings.reset();
      for (const { result, code, count } of summary.findings) findings.set({ result, code }, count);
    },
    auditEnded() {
      objects.set(0);
      findings.reset();
    },
    auditFailed: (stage) => errors.inc({ stage }),
    auditReported: (outcome) => reports.inc({ outcome }),
  };
}
