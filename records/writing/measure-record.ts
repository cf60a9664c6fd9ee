import { isObject } from "../../policies/is-object.ts";
import type { DecisionRecord } from "../record-schema.ts";

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
  for (const one of lists.findings) {
    characters +=
      countCharacters(one.policy) +
      countCharacters(one.requirement) +
      countCharacters(one.evidence) +
      countCharacters(one.model);
    characters += countCharacters(one.expected) + countCharacters(one.found);
    if (one.outcome !== "pass")
      characters += countCharacters(one.message) + countCharacters(one.remedy) + countCharacters(one.field);
  }
  for (const { name, digest, spec } of lists.policies)
    characters += name.length + digest.length + measureJsonOnce(spec);
  for (const { repository, digest, signers, message, artifact } of lists.evidence) {
    characters += repository.length + digest.length + countCharacters(message) + measureJsonOnce(artifact);
    for (const signer of signers) characters += signer.length;
  }
  let entries = 8 + lists.findings.length + lists.policies.length + lists.evidence.length;
  for (const list of [user.groups, lists.reasons, lists.exceptions, lists.remarks]) {
    entries += list.length;
    for (const text of list) characters += text.length;
  }
  const { images = [] } = object;
  entries += images.length;
  for (const { field, reference } of images) characters += field.length + reference.length;
  characters += measureJsonOnce(exemption?.spec);
  characters += Object.isFrozen(workload) ? measureJsonOnce(workload) : measureTexts(workload, most);
  return { characters, entries };
}

/**
 * About the characters that a value takes as JSON: all texts in it, keys too, and what stands between them. Writes nothing,
 * and looks no further once it is more than the limit.
 */
export function measureTexts(value: unknown, limit: number): number {
  if (typeof value === "string") return value.length + 2;
  let characters = 2;
  if (Array.isArray(value)) {
    for (const one of value) {
      characters += measureTexts(one, limit - characters) + 1;
      if (characters > limit) break;
    }
    return characters;
  }
  if (!isObject(value)) return value === undefined ? 0 : 6;
  // A record has own keys alone. A list of all pairs would take longer than measuring them.
  for (const key in value) {
    characters += key.length + 4 + measureTexts(value[key], limit - characters);
    if (characters > limit) break;
  }
  return characters;
}

const measured = new WeakMap<object, number>();

function countCharacters(text: string | undefined): number {
  return text?.length ?? 0;
}

/** For what stands in many records as it is. */
function measureJsonOnce(value: object | undefined): number {
  if (value === undefined) return 0;
  const known = measured.get(value);
  if (known !== undefined) return known;
  const length = JSON.stringify(value).length;
  measured.set(value, length);
  return length;
}
