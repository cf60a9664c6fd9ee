import type { ObjectAudit } from "../../audit/finding.ts";
import type { KubeClient } from "../cluster/client.ts";
import type { Events } from "../events/raise-events.ts";
import { listProblems, toChangeEvent, type KnownProblems } from "./changes.ts";
import type { ReportKind } from "./report-kind.ts";
import {
  hasNews,
  isSameReport,
  readReport,
  toReport,
  toReportContent,
  toReportedObject,
  toReportPath,
} from "./report.ts";
import type { ReportContent } from "./report.ts";

/** What became of a report: `unchanged` is not written. */
export type ReportOutcome = "written" | "unchanged" | "failed";

/** What writing findings down needs. */
export interface WriteFindingsOptions {
  readonly client: Pick<KubeClient, "find" | "apply">;
  /** Undefined where no reports are written. */
  readonly reportKind: ReportKind | undefined;
  readonly known: KnownProblems;
  readonly events: Pick<Events, "raise"> | undefined;
  reported(outcome: ReportOutcome, cause?: unknown): void;
}

/**
 * Writes down what an audit found of one object: in a report, where it says something new, and in an Event, where something has
 * come to stand against the object. What was known before stands in the report, so that another replica goes on from it. Never
 * rejects.
 */
export async function writeFindings(
  options: WriteFindingsOptions,
  audit: ObjectAudit,
  signal: AbortSignal,
): Promise<void> {
  const scope = toReportedObject(audit);
  if (scope === undefined) return;
  const content = toReportContent(scope, audit.findings);
  const reported = await writeReport(options, content, hasNews(audit), signal);
  if (signal.aborted) return;
  const { known, events } = options;
  const draft = toChangeEvent(content, reported ?? known.find(scope.uid) ?? []);
  known.keep(scope.uid, listProblems(content.results));
  if (draft !== undefined) events?.raise(draft);
}

/** What the report said before; undefined where there was none, or it cannot be read. */
async function writeReport(
  { client, reportKind, reported }: WriteFindingsOptions,
  content: ReportContent,
  isNews: boolean,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (reportKind === undefined) return undefined;
  let earlier: ReturnType<typeof readReport>;
  try {
    const path = toReportPath(reportKind, content.scope);
    const found = await client.find(path, signal);
    earlier = readReport(found);
    const isSame = found === undefined ? !isNews : isSameReport(found, content);
    if (!isSame) await client.apply(path, toReport(reportKind, content), signal);
    if (found !== undefined || isNews) reported(isSame ? "unchanged" : "written");
  } catch (cause) {
    if (!signal.aborted) reported("failed", cause);
  }
  return earlier && listProblems(earlier);
}
