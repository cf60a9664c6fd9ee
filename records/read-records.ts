import { isObject } from "../policies/is-object.ts";
import { show } from "../policies/show.ts";
import { RecordError } from "./record-error.ts";
import { recordSchema, recordVersion, type ReadRecord } from "./record-schema.ts";

/** A record, and the line on which it begins, from 1; its number where they stand in one list. */
export interface PlacedRecord {
  readonly at: number;
  readonly record: ReadRecord;
}

/**
 * The decision records of a text: JSON lines as the gate logs them, other lines of the log left out; or one JSON value, a
 * record or a list of them, as `check -o json` prints it. Throws a RecordError that names the place of what cannot be read.
 */
export function readRecords(text: string): PlacedRecord[] {
  const values = looksLikeLines(text) ? readLines(text) : readWhole(text);
  return values.flatMap(({ at, place, value }) => {
    if (!isObject(value)) throw new RecordError(`${place}: expected a JSON object, as the gate logs them`);
    return isRecord(value) ? [{ at, record: readRecord(value, place) }] : [];
  });
}

interface PlacedValue {
  readonly at: number;
  readonly place: string;
  readonly value: unknown;
}

/** The first line is a whole object by itself, or begins one that was cut off. */
function looksLikeLines(text: string): boolean {
  const [first = ""] = text.trimStart().split("\n", 1);
  return first.startsWith("{") && first.trim() !== "{";
}

function readLines(text: string): PlacedValue[] {
  const lines = text.split("\n");
  const last = lines.findLastIndex((line) => line.trim() !== "");
  return lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const at = index + 1;
    const hint = index === last ? "it is cut off, or no JSON" : "it is no JSON";
    return [{ at, place: `line ${at}`, value: parseOr(line, `line ${at}: ${hint}`) }];
  });
}

function readWhole(text: string): PlacedValue[] {
  const value = parseOr(text, "neither JSON lines nor one JSON value: it is cut off, or no record");
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.map((one, index) => ({ at: index + 1, place: `record ${index + 1}`, value: one }));
}

function parseOr(text: string, problem: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RecordError(problem, { cause });
  }
}

/** Everything else in a log has no schema. */
function isRecord(value: Readonly<Record<string, unknown>>): boolean {
  return value["schema"] !== undefined;
}

function readRecord(value: Readonly<Record<string, unknown>>, place: string): ReadRecord {
  const { schema } = value;
  if (schema !== recordVersion) {
    const found = typeof schema === "string" ? show(schema) : "something else";
    throw new RecordError(`${place}: this version reads ${recordVersion}, and this is ${found}`);
  }
  const parsed = recordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RecordError(`${place}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not a decision record"}`);
}
