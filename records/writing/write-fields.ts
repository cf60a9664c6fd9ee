import type { DecisionRecord } from "../record-schema.ts";

/**
 * The fields of a record in JSON, as JSON.stringify writes them between the braces. Much of them stands in many records: an
 * artifact, what the policies of a set read, an object that is shown again. Whoever shares such a part freezes it, and it is
 * written once.
 */
export function writeFields(record: DecisionRecord): string {
  const fields: Readonly<Record<string, unknown>> = record;
  let text = "";
  for (const key in fields)
    if (fields[key] !== undefined) text += `${text === "" ? "" : ","}"${key}":${writeField(record, key, fields[key])}`;
  return text;
}

function writeField({ workload, evidence }: DecisionRecord, key: string, value: unknown): string {
  if (key === "workload" && workload !== undefined) return writeWorkload(workload);
  if (key === "evidence") return `[${evidence.map(writeEvidence).join(",")}]`;
  return JSON.stringify(value);
}

function writeWorkload(workload: NonNullable<DecisionRecord["workload"]>): string {
  if (Object.isFrozen(workload)) return writeOnce(workload);
  const { keys, ...read } = workload;
  return `{"keys":${writeOnce(keys)},${JSON.stringify(read).slice(1)}`;
}

function writeEvidence(one: DecisionRecord["evidence"][number]): string {
  const { artifact, ...looked } = one;
  const text = JSON.stringify(looked);
  return artifact === undefined ? text : `${text.slice(0, -1)},"artifact":${writeOnce(artifact)}}`;
}

/** Longer texts would take more memory than they save time: nobody counts them among what a cache holds. */
const mostSharedLength = 16 * 1024;
const texts = new WeakMap<object, string>();

/** What is not frozen may become another, and is written anew. */
function writeOnce(value: object): string {
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  if (Object.isFrozen(value) && text.length <= mostSharedLength) texts.set(value, text);
  return text;
}
