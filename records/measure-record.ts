import type { DecisionRecord } from "./record-schema.ts";

/** A record's size from above: in how many characters of text, and in how many entries of lists and maps. */
export interface RecordSize {
  readonly characters: number;
  readonly entries: number;
}

/**
 * From lengths alone: nearly all records are far from the limit, and none of those is written twice. What was read of the
 * workload is looked at no further once it has more characters than `most`.
 */
export function measureRecord(
  { uid, user, object, workload, exemption, ...lists }: DecisionRecord,
  most: number,
): RecordSize {
  let characters = uid.length + user.username.length + object.kind.length + object.name.length;
  let entries = 8;
  const count = (...texts: readonly (string | undefined)[]): void => {
    for (const text of texts) characters += text?.length ?? 0;
    entries += 1;
  };
  const countOnce = (value: object | undefined): void => {
    if (value !== undefined) characters += measureJsonOnce(value);
  };
  for (const one of lists.findings) {
    count(one.policy, one.requirement, one.evidence, one.model, one.expected, one.found);
    if (one.outcome !== "pass") count(one.message, one.remedy, one.field);
  }
  for (const { name, digest, spec } of lists.policies) {
    count(name, digest);
    countOnce(spec);
  }
  for (const { repository, digest, signers, message, artifact } of lists.evidence) {
    count(repository, digest, message, ...signers);
    countOnce(artifact);
  }
  for (const list of [user.groups, lists.reasons, lists.exceptions, lists.remarks])
    for (const text of list) count(text);
  for (const { field, reference } of object.images ?? []) count(field, reference);
  countOnce(exemption?.spec);
  characters += measureTexts(workload, most);
  return { characters, entries };
}

/**
 * About the characters that a value takes as JSON: all texts in it, keys too, and what stands between them. Writes nothing,
 * and looks no further once it is more than the limit.
 */
export function measureTexts(value: unknown, limit: number): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return value === undefined ? 0 : 6;
  let characters = 2;
  if (Array.isArray(value)) {
    for (const one of value) {
      characters += measureTexts(one, limit - characters) + 1;
      if (characters > limit) break;
    }
    return characters;
  }
  for (const [key, one] of Object.entries(value)) {
    characters += key.length + 4 + measureTexts(one, limit - characters);
    if (characters > limit) break;
  }
  return characters;
}

const measured = new WeakMap<object, number>();

/** For what stands in many records as it is. */
function measureJsonOnce(value: object): number {
  const known = measured.get(value);
  if (known !== undefined) return known;
  const length = JSON.stringify(value).length;
  measured.set(value, length);
  return length;
}
