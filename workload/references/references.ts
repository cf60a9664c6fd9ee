import { type Budget, readingLimits } from "../budget.ts";
import { parseReferences } from "./evidence-reference.ts";
import type { EvidenceReference } from "../../policies/evidence.ts";
import { evidenceAnnotation, maxReferences, has, type Metadata, type ReferenceList } from "../../policies/workload.ts";

interface Found {
  readonly text: string;
  readonly field: string;
}

/**
 * The references that the annotation on the object or on its pod templates names. Where it stands in several places they must
 * name the same set; order and repetition do not matter. The first place is the one that counts.
 * Spends `references`.
 */
export function readReferences(metadata: readonly [Metadata, ...Metadata[]], budget: Budget): ReferenceList {
  const found = metadata.flatMap(({ path, annotations }): Found[] => {
    const text = has(annotations, evidenceAnnotation) ? annotations[evidenceAnnotation] : undefined;
    return text === undefined ? [] : [{ text, field: showField(path) }];
  });
  const [first, ...others] = found;
  if (first === undefined) return { entries: [], problem: undefined, field: showField(metadata[0].path) };
  const read = ({ text, field }: Found): EvidenceReference[] => {
    const entries = parseReferences(text, readingLimits.references + 1);
    budget.spend("references", entries.length, field);
    return entries;
  };
  const entries = read(first);
  const own = others.length === 0 ? undefined : toSet(entries);
  const other = others.find((one) => one.text !== first.text && own !== undefined && !isSameSet(own, toSet(read(one))));
  const tooMany = entries.length > maxReferences ? `${entries.length} references, at most ${maxReferences}` : undefined;
  return {
    entries: entries.slice(0, maxReferences),
    problem: other === undefined ? tooMany : `${other.field} names different evidence than ${first.field}`,
    field: first.field,
  };
}

function showField(path: string): string {
  return `${path}.annotations[${evidenceAnnotation}]`;
}

/** What a decision reads of the references: the scheme and the tag that someone wrote make no difference. */
function toSet(references: readonly EvidenceReference[]): ReadonlySet<string> {
  return new Set(
    references.map((reference) => {
      switch (reference.kind) {
        case "full":
          return `${reference.repository}@${reference.digest}`;
        case "bare":
          return reference.digest;
        case "malformed":
          return `malformed ${reference.text}`;
      }
    }),
  );
}

function isSameSet(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return some.size === others.size && [...some].every((name) => others.has(name));
}
