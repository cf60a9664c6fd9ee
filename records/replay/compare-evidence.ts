import type { Evidence, EvidenceSet } from "../../policies/evidence.ts";
import { isObject } from "../../policies/is-object.ts";
import { listEvidenceKeys, toArtifactRecord, type EvidenceKeys } from "../evidence-record.ts";
import type { Policy } from "../../policies/policy.ts";
import type { Difference } from "./compare.ts";

/** What is not as it was in the evidence itself, and in its signatures. */
export interface EvidenceDifferences {
  readonly artifacts: readonly Difference[];
  readonly signatures: readonly Difference[];
}

/** What became of each artifact that a record names, in what the policies read of it. What is new counts for nothing here. */
export function compareEvidence(
  before: EvidenceSet,
  after: EvidenceSet,
  policies: readonly Policy[],
): EvidenceDifferences {
  const keys = listEvidenceKeys({ policies });
  const differences = [...before].flatMap(([where, old]) => compareOne(where, old, after.get(where), keys));
  return {
    artifacts: differences.filter(({ field }) => !isOfSignatures(field)),
    signatures: differences.filter(({ field }) => isOfSignatures(field)),
  };
}

function isOfSignatures(field: string): boolean {
  return field === "signatures" || field.startsWith("signatures.");
}

/** Nobody looked where there is nothing after. */
function compareOne(where: string, before: Evidence, after: Evidence | undefined, keys: EvidenceKeys): Difference[] {
  if (after === undefined) return [];
  if (before.kind !== "found" || after.kind !== "found") {
    const [old, now] = [sayState(before), sayState(after)];
    return before.kind === after.kind ? [] : [{ where, field: "state", before: old, after: now }];
  }
  const [old, now] = [toArtifactRecord(before.artifact, keys), toArtifactRecord(after.artifact, keys)];
  // Nobody looked for revocations then: that other policies do now changes nothing about the evidence.
  return compareValues(where, "", old, old.revocations === undefined ? { ...now, revocations: undefined } : now);
}

function sayState(evidence: Evidence): string {
  return evidence.kind === "found" ? "found" : `${evidence.kind}: ${evidence.message}`;
}

/** The leaves in which two JSON values differ, by their paths. */
function compareValues(where: string, field: string, before: unknown, after: unknown): Difference[] {
  if (before === after) return [];
  if (isTree(before) && isTree(after)) {
    const [old, now] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
    return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) =>
      compareValues(where, field === "" ? key : `${field}.${key}`, old.get(key), now.get(key)),
    );
  }
  return [{ where, field, before: getText(before), after: getText(after) }];
}

function isTree(value: unknown): value is object {
  return Array.isArray(value) || isObject(value);
}

function getText(value: unknown): string | undefined {
  return typeof value === "string" || value === undefined ? value : JSON.stringify(value);
}

/** The artifacts as they are now, with the signatures as they were. */
export function withSignaturesOf(before: EvidenceSet, after: EvidenceSet): EvidenceSet {
  return new Map(
    [...after].map(([key, one]): [string, Evidence] => {
      const old = before.get(key);
      if (one.kind !== "found" || old?.kind !== "found") return [key, one];
      return [key, { kind: "found", artifact: { ...one.artifact, signatures: old.artifact.signatures } }];
    }),
  );
}

/** Why artifacts cannot be looked at now, or not to their end, by their references. */
export function listUnavailable(evidence: EvidenceSet): ReadonlyMap<string, string> {
  return new Map(
    [...evidence].flatMap(([key, one]) => {
      const parts =
        one.kind === "found" ? [one.artifact.content, one.artifact.signatures, one.artifact.revocations] : [one];
      const [why] = parts.flatMap((part) => (part?.kind === "unavailable" ? [part.message] : []));
      return why === undefined ? [] : [[key, `${key}: ${why}`]];
    }),
  );
}
