import { isObject } from "../policies/is-object.ts";
import { show } from "../policies/show.ts";
import { splitLines, type Chunks } from "./split-lines.ts";
import { RecordError } from "./record-error.ts";
import { recordSchema, type ReadRecord } from "./record-schema.ts";
import { recordVersion } from "./record-version.ts";

/** A record, and the line on which it begins, from 1; its number where they stand in one list. */
export interface PlacedRecord {
  readonly at: number;
  readonly record: ReadRecord;
}

/** Of one line, and of one JSON value that takes several: a record of the gate takes 64 KiB, besides the policies in it. */
const maxBytes = 16 * 1024 * 1024;

/**
 * The decision records of a text, as it arrives: JSON lines as the gate logs them, other lines of the log left out; or one JSON
 * value, a record or a list of them, as `check -o json` prints it. Of lines, one is held at a time. Throws a RecordError that
 * names the place of what cannot be read, or takes more than 16 MiB.
 */
export async function* readRecords(chunks: Chunks): AsyncGenerator<PlacedRecord> {
  for await (const { at, place, value } of readValues(chunks)) {
    if (!isObject(value)) throw new RecordError(`${place}: expected a JSON object, as the gate logs them`);
    if (isRecord(value)) yield { at, record: readRecord(value, place) };
  }
}

interface PlacedValue {
  readonly at: number;
  readonly place: string;
  readonly value: unknown;
}

interface Line {
  readonly at: number;
  readonly text: string;
}

async function* readValues(chunks: Chunks): AsyncGenerator<PlacedValue> {
  const lines = listLines(chunks);
  const first = await lines.next();
  if (first.done === true) return;
  if (looksLikeLines(first.value.text)) yield* readLines(first.value, lines);
  else yield* await readWhole(first.value, lines);
}

/** Those that are not empty. */
async function* listLines(chunks: Chunks): AsyncGenerator<Line, undefined> {
  let at = 0;
  for await (const text of splitLines(chunks, maxBytes, tooLong)) {
    at += 1;
    if (text.trim() !== "") yield { at, text };
  }
}

function tooLong(line: number): RecordError {
  return new RecordError(`line ${line}: it takes more than 16 MiB, as no decision record does`);
}

/** The first line is a whole object by itself, or begins one that was cut off. */
function looksLikeLines(first: string): boolean {
  const text = first.trim();
  return text.startsWith("{") && text !== "{";
}

async function* readLines(first: Line, rest: AsyncGenerator<Line, undefined>): AsyncGenerator<PlacedValue> {
  let line: Line | undefined = first;
  while (line !== undefined) {
    const { at, text } = line;
    const value = tryParse(text);
    line = (await rest.next()).value;
    if (value === undefined)
      throw new RecordError(
        `line ${at}: ${line === undefined ? "it is cut off, or it is not JSON" : "it is not JSON"}`,
      );
    yield { at, place: `line ${at}`, value };
  }
}

async function readWhole(first: Line, rest: AsyncGenerator<Line, undefined>): Promise<PlacedValue[]> {
  let text = first.text;
  for await (const line of rest) {
    text += `\n${line.text}`;
    if (text.length > maxBytes)
      throw new RecordError("one JSON value of more than 16 MiB: give its records as JSON lines, one a line");
  }
  const value = tryParse(text);
  if (value === undefined) throw new RecordError("neither JSON lines nor one JSON value: it is cut off, or no record");
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.map((one, index) => ({ at: index + 1, place: `record ${index + 1}`, value: one }));
}

/** Undefined for what is not JSON. */
function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
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
