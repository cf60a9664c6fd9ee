import type { Budget } from "../budget.ts";
import { readBlockScalar } from "./block-scalars.ts";
import { readScalar, type Scalar } from "./line-scalars.ts";
import { EmbeddedText } from "./embedded-text.ts";

/**
 * The value of YAML or JSON that stands in a string of an object. The text is written by the requester.
 *
 * Takes one document of block and flow collections, scalars of one line, block scalars and comments: what people and serializers
 * write. Refuses tags, anchors, aliases, merge keys, complex keys, duplicate keys, scalars over several lines, tabs between
 * tokens, and what versions of YAML read differently where that matters. Each character is looked at a bounded number of times.
 *
 * Throws an {@link EmbeddedError}, and a WorkloadTooLarge where the budget is spent.
 */
export function readEmbedded(text: string, path: string, budget: Budget): unknown {
  budget.spend("embeddedCharacters", text.length, path);
  return readDocument(new EmbeddedText(text.replaceAll("\r\n", "\n")));
}

function readDocument(source: EmbeddedText): unknown {
  source.skipLines();
  source.isStarted = true;
  if (source.text.startsWith("---", source.at) && source.column === 0) {
    source.at += 3;
    source.skipSpaces();
    if (!source.isLineEnd()) source.fail("a document marker with more after it");
    source.endLine();
    source.skipLines();
  }
  if (source.isDone) return null;
  const value = readBlock(source, -1);
  if (!source.isDone) source.fail("something after the value");
  return value;
}

/** The node that starts here, at the first character of a line or behind `- `. `parent` is the column that it is deeper than. */
function readBlock(source: EmbeddedText, parent: number): unknown {
  source.enter();
  const column = source.column;
  const value = isEntry(source) ? readSequence(source, column) : readMappingOrScalar(source, column, parent);
  source.depth -= 1;
  return value;
}

function isEntry(source: EmbeddedText): boolean {
  return source.next === "-" && source.isBlankAt(source.at + 1);
}

function readSequence(source: EmbeddedText, column: number): unknown[] {
  const items: unknown[] = [];
  while (!source.isDone && source.column === column && isEntry(source)) {
    source.at += 1;
    source.skipSpaces();
    if (source.isLineEnd()) {
      source.endLine();
      source.skipLines();
      items.push(!source.isDone && source.column > column ? readBlock(source, column) : null);
    } else {
      items.push(readBlock(source, column));
    }
  }
  return items;
}

function readMappingOrScalar(source: EmbeddedText, column: number, parent: number): unknown {
  const first = source.next;
  if (first === "|" || first === ">") return readBlockScalar(source, parent);
  if (first === "[" || first === "{") return endValue(source, readFlow(source), parent);
  const scalar = readScalar(source, false);
  if (!source.isKeyMark(false)) return endValue(source, scalar.value, parent);
  return readMapping(source, column, scalar);
}

/** The keys that start at this column. The first of them has been read, up to its colon. */
function readMapping(source: EmbeddedText, column: number, first: Scalar): unknown {
  const map = newMap();
  let key = first;
  for (;;) {
    source.at += 1;
    putEntry(source, map, key, () => readValueOfKey(source, column));
    if (source.isDone || source.column < column) return map;
    if (source.column > column) source.fail("an indentation that fits nothing");
    if (isEntry(source) || source.next === "[" || source.next === "{") source.fail("no key");
    key = readScalar(source, false);
    if (!source.isKeyMark(false)) source.fail("no key");
  }
}

function readValueOfKey(source: EmbeddedText, column: number): unknown {
  source.skipSpaces();
  if (!source.isLineEnd()) return readValueOnLine(source, column);
  source.endLine();
  source.skipLines();
  if (source.isDone || source.column < column) return null;
  if (source.column > column) return readBlock(source, column);
  return isEntry(source) ? readBlock(source, column) : null;
}

function readValueOnLine(source: EmbeddedText, column: number): unknown {
  if (source.next === "|" || source.next === ">") return readBlockScalar(source, column);
  if (source.next === "[" || source.next === "{") return endValue(source, readFlow(source), column);
  if (isEntry(source)) source.fail("a list after a key");
  return endValue(source, readScalar(source, false).value, column);
}

/** Nothing may follow on this line, nor go on in the next. */
function endValue<T>(source: EmbeddedText, value: T, parent: number): T {
  source.skipSpaces();
  if (!source.isLineEnd()) source.fail("something after the value");
  source.endLine();
  source.skipLines();
  if (!source.isDone && source.column > parent) source.fail("a value over several lines");
  return value;
}

function putEntry(source: EmbeddedText, map: Record<string, unknown>, key: Scalar, value: () => unknown): void {
  if (key.isPlain && (key.text === "<<" || key.value === null || typeof key.value === "boolean"))
    source.fail("a key that is not text");
  if (Object.hasOwn(map, key.text)) source.fail(`${JSON.stringify(key.text.slice(0, 64))} twice`);
  map[key.text] = value();
}

function readFlow(source: EmbeddedText): unknown {
  source.enter();
  const value = source.next === "[" ? readFlowList(source) : readFlowMap(source);
  source.depth -= 1;
  return value;
}

function readFlowList(source: EmbeddedText): unknown[] {
  const items: unknown[] = [];
  source.at += 1;
  source.skipFlowSpace();
  while (source.next !== "]") {
    items.push(readFlowValue(source));
    readComma(source, "]");
  }
  source.at += 1;
  return items;
}

function readFlowMap(source: EmbeddedText): unknown {
  const map = newMap();
  source.at += 1;
  source.skipFlowSpace();
  while (source.next !== "}") {
    const key = readScalar(source, true);
    if (!source.isKeyMark(!key.isPlain)) source.fail("no key");
    source.at += 1;
    source.skipFlowSpace();
    putEntry(source, map, key, () => readFlowValue(source));
    readComma(source, "}");
  }
  source.at += 1;
  return map;
}

function readFlowValue(source: EmbeddedText): unknown {
  return source.next === "[" || source.next === "{" ? readFlow(source) : readScalar(source, true).value;
}

function readComma(source: EmbeddedText, end: string): void {
  source.skipFlowSpace();
  if (source.next === ",") {
    source.at += 1;
    source.skipFlowSpace();
  } else if (source.next !== end) source.fail(`no , or ${end}`);
}

/** An object without a prototype, so that no key is special. */
function newMap(): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  Object.setPrototypeOf(map, null);
  return map;
}
