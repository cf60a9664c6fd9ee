import { refused } from "./errors.ts";
import { JsonText } from "./json-text.ts";
import { limits } from "./limits.ts";

/**
 * The JSON value in attacker-controlled bytes, when every reader would understand the same by it: valid UTF-8 without a byte
 * order mark, no key twice in one object however it is spelled, no `__proto__`, no key that cannot be written without escapes,
 * nothing nested deeper than `limits.jsonDepth`, no object with more than `limits.jsonKeys` keys, no string, number or blank
 * beyond the limits, and no more than `maxValues` values and keys in all. Everything else is `invalid`.
 *
 * It is read in one go, so `maxValues` is for a few milliseconds at most: what may hold more is read by {@link walkStrictJson}.
 */
export function parseStrictJson(bytes: Uint8Array, maxValues: number = limits.jsonValues): unknown {
  const steps = walkStrictJson(bytes, upTo(maxValues));
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same, with a pause after each step. */
export async function readStrictJson(
  bytes: Uint8Array,
  pause: () => Promise<void>,
  maxValues: number = limits.jsonValues,
): Promise<unknown> {
  const steps = walkStrictJson(bytes, upTo(maxValues));
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await pause();
  }
}

function upTo(maxValues: number): () => void {
  let values = 0;
  return () => {
    values += 1;
    if (values > maxValues) throw refused("invalid", `its JSON holds more than ${maxValues} values and keys`);
  };
}

/** About a millisecond. */
const workPerStep = 48 * 1024;
/** A value or a key, as against a byte of it. */
const workPerValue = 32;

/**
 * The same in steps of about a millisecond each, so that others have their turn between them. What it yields is the work that was
 * done since: a byte counts once, a value or key 32 times. `count` is told of each value and key before it is read, and throws
 * where there are too many.
 *
 * The bytes are gone through once, from front to back, and nothing is kept of them but the value. JSON.parse is not given the
 * whole: it cannot stop on the way, and it may take an escaped key for another one that it met before.
 * https://github.com/nodejs/node/issues/63785
 */
export function* walkStrictJson(bytes: Uint8Array, count: () => void): Generator<number, unknown, void> {
  const text = new JsonText(bytes);
  const open: Container[] = [];
  let counted = 0;
  let from = 0;
  const next = (): void => {
    count();
    counted += 1;
  };
  for (;;) {
    const work = text.at - from + counted * workPerValue;
    if (work >= workPerStep) {
      [from, counted] = [text.at, 0];
      yield work;
    }
    let value = readValue(text, open, next);
    while (value !== opened) {
      const outer = open.at(-1);
      if (outer === undefined) {
        text.end();
        return value;
      }
      add(outer, value);
      value = goOn(text, open, outer, next);
    }
  }
}

/** An object or array that has not ended, and the key in it that the next value belongs to. */
type Container =
  | { readonly value: Record<string, unknown>; readonly close: "}"; keys: number; key: string }
  | { readonly value: unknown[]; readonly close: "]" };

/** Stands for a value that is still to come: the text is at its beginning. */
const opened = Symbol("opened");

function readValue(text: JsonText, open: Container[], count: () => void): unknown {
  count();
  if (text.takes("{")) return enter(text, open, { value: {}, close: "}", keys: 0, key: "" }, count);
  if (text.takes("[")) return enter(text, open, { value: [], close: "]" }, count);
  return text.scalar(() => open.map(showKey).join("."));
}

/** What the next value in a container is called. */
function showKey(container: Container): string {
  return container.close === "}" ? container.key : String(container.value.length);
}

function enter(text: JsonText, open: Container[], inner: Container, count: () => void): unknown {
  if (open.length === limits.jsonDepth) throw refused("invalid", `its JSON is nested deeper than ${limits.jsonDepth}`);
  if (text.takes(inner.close)) return inner.value;
  open.push(inner);
  readKey(text, inner, count);
  return opened;
}

/** What comes behind a value: the container's end, or the next one in it. */
function goOn(text: JsonText, open: Container[], outer: Container, count: () => void): unknown {
  if (text.takes(outer.close)) {
    open.pop();
    return outer.value;
  }
  text.expect(",");
  readKey(text, outer, count);
  return opened;
}

function readKey(text: JsonText, outer: Container, count: () => void): void {
  if (outer.close === "]") return;
  count();
  outer.key = text.key();
  outer.keys += 1;
  if (outer.keys > limits.jsonKeys)
    throw refused("invalid", `its JSON has an object with more than ${limits.jsonKeys} keys`);
  if (Object.hasOwn(outer.value, outer.key)) throw text.twice(outer.key);
}

function add(outer: Container, value: unknown): void {
  if (outer.close === "]") outer.value.push(value);
  else outer.value[outer.key] = value;
}
