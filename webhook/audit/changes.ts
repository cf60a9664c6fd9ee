import type { EventDraft } from "../events/event.ts";
import type { ReportContent, ReportedObject, ReportResult } from "./report.ts";

/** Objects of which it is remembered what stands against them. */
const maxRemembered = 20_000;

/** What stood against objects when they were last looked at, by their uids. */
export interface KnownProblems {
  /** Undefined where the object was not looked at yet, or that was long ago. */
  find(uid: string): readonly string[] | undefined;
  keep(uid: string, problems: readonly string[]): void;
}

/** Remembers nothing yet; those that were looked at longest ago are forgotten first. */
export function createKnownProblems(): KnownProblems {
  const known = new Map<string, readonly string[]>();
  return {
    find: (uid) => known.get(uid),
    keep(uid, problems) {
      known.delete(uid);
      known.set(uid, problems);
      const [oldest] = known.keys();
      if (known.size > maxRemembered && oldest !== undefined) known.delete(oldest);
    },
  };
}

/** What stands against the object of a report, each thing once. */
export function listProblems(results: readonly ReportResult[]): string[] {
  return [...new Set(results.filter(speaksAgainst).map(toProblem))];
}

/** The Event about what has come to stand against an object since; undefined where nothing has. */
export function toChangeEvent(content: ReportContent, earlier: readonly string[]): EventDraft | undefined {
  const known = new Set(earlier);
  const fresh = content.results.filter((result) => speaksAgainst(result) && !known.has(toProblem(result)));
  const [first] = fresh;
  if (first === undefined) return undefined;
  const { scope } = content;
  const { policy, rule, message, properties } = first;
  const place = rule === undefined ? policy : `${policy}/${rule}`;
  const code = properties["code"] ?? "";
  const more = fresh.length > 1 ? ` (and ${fresh.length - 1} more)` : "";
  const note = `assaygate: ${scope.kind} ${scope.namespace}/${scope.name}: ${place}: ${code}: ${message}`;
  return {
    about: scope,
    policy,
    reason: code,
    action: "Audit",
    note: `${note.slice(0, maxNoteLength)}${more}`,
    tenant: toTenant(scope),
  };
}

/** Of the note, so that there is room for what follows. */
const maxNoteLength = 900;

/** Denials and audits of one namespace take no Events from one another. No namespace is called so. */
function toTenant({ namespace }: ReportedObject): string {
  return `the audit of ${namespace}`;
}

function speaksAgainst({ result }: ReportResult): boolean {
  return result === "fail" || result === "error" || result === "warn";
}

function toProblem({ policy, rule, result, properties }: ReportResult): string {
  return JSON.stringify([result, policy, rule, properties["code"]]);
}
