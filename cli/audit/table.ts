import type { PolicyChange, Verdict } from "../../audit/compare-decisions.ts";
import type { AuditedObject, AuditFinding, AuditResult } from "../../audit/finding.ts";
import { show } from "../../policies/show.ts";
import { sayNearMiss } from "../near-misses.ts";
import type { Paint } from "../paint.ts";
import type { CliReport } from "./report.ts";

const colours = { pass: "green", skip: "dim", warn: "yellow", error: "yellow", fail: "red" } as const;
/** The worst first. */
const order: readonly AuditResult[] = ["fail", "error", "warn", "pass", "skip"];

/** An audit for a person: what is not in order, the worst first, then what was not looked at, and the count of everything. */
export function toTable(report: CliReport, paint: Paint): string[] {
  const { findings, nearMisses, unlisted, changes } = report;
  const shown = changes === undefined ? findings.filter(isWorthShowing) : [];
  const sorted = shown.toSorted((a, b) => order.indexOf(a.result) - order.indexOf(b.result));
  const near = new Map(nearMisses.map(({ object, nearMiss }) => [toKey(object), nearMiss]));
  const rows = sorted.map((finding) => ({ finding, cells: toCells(finding) }));
  const widths = headings.map((heading, at) =>
    rows.reduce((widest, { cells }) => Math.max(widest, cells[at]?.length ?? 0), heading.length),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  const told = new Set<string>();
  return [
    ...(rows.length === 0 ? [] : [paint("bold", line(headings))]),
    ...rows.flatMap(({ finding, cells }, at) => {
      const key = toKey(finding.object);
      const isLast = rows[at + 1] === undefined || toKey(rows[at + 1]?.finding.object ?? finding.object) !== key;
      const besides = isLast && !told.has(key) ? sayNearMiss(near.get(key)) : [];
      if (isLast) told.add(key);
      return [paint(colours[finding.result], line(cells)), ...besides.map((one) => `        ${one}`)];
    }),
    ...(changes ?? []).flatMap((change) => toChangeLines(change, paint)),
    ...unlisted.map(({ resource, message }) => paint("yellow", `not looked at: ${resource}: ${message}`)),
    showAuditTotal(report),
  ];
}

const headings = ["RESULT", "OBJECT", "POLICY", "REASON", "MESSAGE"];

function isWorthShowing({ result }: AuditFinding): boolean {
  return result !== "pass" && result !== "skip";
}

function toCells({ object, result, policy = "", requirement = "", code, message, evidence }: AuditFinding): string[] {
  const place = [policy, requirement].filter((name) => name !== "").join("/");
  return [
    result,
    showAudited(object),
    place === "" ? "-" : place,
    code,
    `${message}${evidence === undefined ? "" : ` (${evidence})`}`,
  ];
}

/** `Deployment prod-chat/granite`. */
function showAudited({ kind, namespace, name }: AuditedObject): string {
  return `${show(kind)} ${namespace === undefined ? "" : `${show(namespace)}/`}${show(name)}`;
}

const verdicts = { admit: "admitted", warn: "admitted with warnings", deny: "denied" } as const;

function toChangeLines({ object, before, after, findings }: PolicyChange, paint: Paint): string[] {
  const colour = after.verdict === "deny" ? "red" : after.verdict === "warn" ? "yellow" : "green";
  const [was, is] = [before, after].map(({ verdict }: Verdict) => verdicts[verdict]);
  const same = was === is ? `${is}, and would be for other reasons` : `${was}, and would be ${is}`;
  const gone = before.against.filter((one) => !after.against.includes(one));
  return [
    paint(colour, `${showAudited(object)}: ${same}`),
    ...findings.map(({ policy = "", requirement = "", code, message }) => {
      const place = [policy, requirement].filter((name) => name !== "").join("/");
      return `    + ${place === "" ? "" : `${place}: `}${code}: ${message}`;
    }),
    ...gone.map((one) => `    - ${one}`),
  ];
}

/** `412 objects: 400 in order, 8 fail, 1 warns, 3 not judged; 2 kinds not listed`. */
function showAuditTotal({ objects, findings, unlisted, changes }: CliReport): string {
  const worst = new Map<string, AuditResult>();
  for (const { object, result } of findings) {
    const key = toKey(object);
    const known = worst.get(key);
    if (known === undefined || order.indexOf(result) < order.indexOf(known)) worst.set(key, result);
  }
  const count = (wanted: AuditResult): number => [...worst.values()].filter((one) => one === wanted).length;
  const parts = [`${count("fail")} fail`, `${count("error")} could not be looked at`, `${count("warn")} warned of`];
  const fine = [`${count("pass")} in order`, `${count("skip")} not judged`];
  const resources = unlisted.length === 1 ? "1 resource" : `${unlisted.length} resources`;
  const more = unlisted.length === 0 ? "" : `; ${resources} not listed`;
  const judged =
    changes === undefined ? [...parts, ...fine].join(", ") : `${changes.length} would be judged differently`;
  return `${objects === 1 ? "1 object" : `${objects} objects`}: ${judged}${more}`;
}

/** With its uid: several that take their names from `generateName` have the same at a review. */
function toKey({ apiVersion, kind, namespace = "", name, uid = "" }: AuditedObject): string {
  return JSON.stringify([apiVersion, kind, namespace, name, uid]);
}
