import type { Outcome, OutcomeFinding } from "./outcome.ts";

/** One value that is not what it was. Undefined: it is not there. */
export interface Difference {
  /** What it is a value of: a field of the record, or a finding's place. */
  readonly where: string;
  readonly field: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** How closely two outcomes are compared: in every value, or in what was found and for which reason. */
export type Closeness = "values" | "outcomes";

/**
 * What differs between two outcomes, in the order of a record. `isCut`: findings that are missing before were left out of the
 * record, and count for nothing.
 */
export function compareOutcomes(before: Outcome, after: Outcome, closeness: Closeness, isCut = false): Difference[] {
  const head = headFields.flatMap((field) => compare("", field, said(before[field]), said(after[field])));
  const policies = compareLists(before.policies, after.policies, ({ name }) => `policy ${name}`, ["mode", "outcome"]);
  const fields = closeness === "values" ? findingFields : (["outcome", "reason"] as const);
  const findings = compareLists(before.findings, after.findings, showPlace, fields, isCut);
  const remarks =
    before.remarks === undefined || closeness === "outcomes"
      ? []
      : compare("", "remarks", said(before.remarks), said(after.remarks ?? []));
  return [...head, ...policies, ...findings, ...remarks];
}

const headFields = ["decision", "basis", "couldNotLook", "reasons", "exceptions"] as const;
const findingFields = ["outcome", "reason", "expected", "found", "message", "remedy", "field"] as const;

function compare(where: string, field: string, before: string | undefined, after: string | undefined): Difference[] {
  return before === after ? [] : [{ where, field, before, after }];
}

function said(value: string | boolean | readonly string[]): string {
  return typeof value === "object" ? value.join(", ") : String(value);
}

/** Both by their place: several at one place in their order. What is on one side alone differs in its first field. */
function compareLists<T extends object>(
  before: readonly T[],
  after: readonly T[],
  locate: (item: T) => string,
  fields: readonly (keyof T & string)[],
  isCut = false,
): Difference[] {
  const [old, now] = [numberByPlace(before, locate), numberByPlace(after, locate)];
  const places = new Set([...old.keys(), ...(isCut ? [] : now.keys())]);
  return [...places].flatMap((key) => {
    const [a, b] = [old.get(key), now.get(key)];
    const where = (a ?? b)?.place ?? "";
    if (a === undefined || b === undefined)
      return compare(where, fields[0] ?? "", getField(a?.item, fields[0]), getField(b?.item, fields[0]));
    return fields.flatMap((field) => compare(where, field, getField(a.item, field), getField(b.item, field)));
  });
}

function getField<T extends object>(item: T | undefined, field: (keyof T & string) | undefined): string | undefined {
  const value: unknown = item === undefined || field === undefined ? undefined : item[field];
  return typeof value === "string" ? value : undefined;
}

function numberByPlace<T>(
  items: readonly T[],
  locate: (item: T) => string,
): Map<string, { readonly place: string; readonly item: T }> {
  const counts = new Map<string, number>();
  return new Map(
    items.map((item) => {
      const place = locate(item);
      const count = (counts.get(place) ?? 0) + 1;
      counts.set(place, count);
      return [`${place} ${count}`, { place, item }];
    }),
  );
}

/** `production-llm/safety benchmarks of granite, quay.io/acme/evals@sha256:…`. */
function showPlace({ policy, requirement, check, model, evidence }: OutcomeFinding): string {
  const asked = [policy, requirement].filter((name) => name !== "").join("/");
  const about = [model === undefined ? [] : ` of ${model}`, evidence === undefined ? [] : `, ${evidence}`].flat();
  return `${asked === "" ? "" : `${asked} `}${check}${about.join("")}`;
}
