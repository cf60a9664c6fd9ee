import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { parse, stringify } from "yaml";
import { Budget, readingLimits, WorkloadTooLarge } from "../../../workload/budget.ts";
import { EmbeddedError } from "../../../workload/embedded/embedded-text.ts";
import { readEmbedded } from "../../../workload/embedded/embedded-yaml.ts";

const read = (text: string): unknown => plain(readEmbedded(text, "spec.text", new Budget()));

/** With ordinary prototypes, to compare. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe("reads what people and serializers write", () => {
  it.each<[string, string]>([
    ["nothing", ""],
    ["only comments", "# a\n\n  # b\n"],
    ["a map", "a: b\nc: d\n"],
    ["a document marker", "---\na: b\n"],
    ["a list below its key, at its column", "a:\n- b\n- c\nd: e\n"],
    ["a list below its key, deeper", "a:\n    - b\n    - c: 1\n      d: 2\n"],
    ["lists in lists", "- - a\n  - b\n-\n  - c\n"],
    ["empty values", "a:\nb:\n  c:\n- \n".replace("- \n", "")],
    ["quotes", `a: "b: c # d \\" \\u00e9"\n'e''f': 'g "h" # i'\n"k" : v\n`],
    ["comments", "a: b # c\nd: e#f\n# g\nh:  # i\n  # k\n  - l # m\n"],
    ["flow over lines", "a: {b: [c, 'd', \"e\"], f: g,\n  # h\n  i: {}\n}\nk: []\n"],
    ["JSON", JSON.stringify({ a: [{ b: "c:d" }, null, true, 1.5], e: {} }, null, 2)],
    ["JSON on one line", '{"a":"b","c":["d",{"e":"f"}]}'],
    ["colons in words", "a: hf://b/c:d\nb: [hf://x, c:d]\n"],
    ["a literal block", "a: |\n  b: c\n\n    d\n  # e\nf: |-\n  g\nh: |+\n  i\n\n"],
    ["a folded block", "a: >-\n  b\n  c\nd: e\n"],
    ["blocks in a list", "- |\n  a\n- b: |\n    c\n  d: e\n"],
    ["windows' lines", "a: b\r\nc:\r\n  - d\r\n"],
    ["numbers and words", "[1, -2.5, true, null, ~, x1, v1.0, 1a2b3c]"],
  ])("%s", (_what, text) => {
    expect(read(text)).toEqual(parse(text));
  });

  it.each(["0123", "1e3", "1:30", "2024-01-02", "0x1F", "1_000", ".5", "yes", "Off", "n"])(
    "%s is no string, since some read something else",
    (text) => expect(typeof readEmbedded(`a: ${text}`, "p", new Budget())).not.toBe("string"),
  );
});

describe("refuses", () => {
  it.each<[string, string]>([
    ["tags", "a: !!str b"],
    ["tags over and over", "!a ".repeat(20_000)],
    ["anchors", "a: &b c"],
    ["aliases", "a: *b"],
    ["merge keys", "a: {<<: {b: c}}"],
    ["duplicate keys", "a: b\na: c"],
    ["duplicate keys in flow", '{"a": b, a: c}'],
    ["complex keys", "? a\n: b"],
    ["lists as keys", "[a]: b"],
    ["text over several lines", "a: b\n  c"],
    ["a second document", "a: b\n---\na: c"],
    ["two markers", "---\n---\na: b"],
    ["the end of a document", "a: b\n...\n"],
    ["directives", "%YAML 1.2\n---\na: b"],
    ["a map on a key's line", "a: b: c"],
    ["a list on a key's line", "a: - b"],
    ["an indentation that fits nothing", "a:\n    b: c\n  d: e"],
    ["tabs between tokens", "a:\n\tb: c"],
    ["a quote that is not closed", 'a: "b'],
    ["escapes that JSON does not have", 'a: "\\x41"'],
    ["a pair in a list", "[a: b]"],
    ["a truth value as a key", "yes: b"],
    ["control characters", "a: b\u0085c"],
    ["deep flow", "[".repeat(40) + "]".repeat(40)],
    ["deep block", Array.from({ length: 40 }, (_, at) => `${" ".repeat(at)}a:\n`).join("")],
    ["deep lists", "- ".repeat(40)],
  ])("%s", (_what, text) => {
    expect(() => read(text)).toThrow(EmbeddedError);
  });
});

it("does not take a key for a prototype", () => {
  const value = readEmbedded("__proto__: {a: b}\nconstructor: c", "p", new Budget());
  expect(Object.keys(Object(value))).toEqual(["__proto__", "constructor"]);
});

it("counts characters, over all texts of an object", () => {
  const budget = new Budget();
  readEmbedded(`# ${"x".repeat(1_000)}`, "p", budget);
  expect(budget.spent.embeddedCharacters).toBe(1_002);
  expect(() => readEmbedded("x".repeat(readingLimits.embeddedCharacters), "p", budget)).toThrow(WorkloadTooLarge);
});

describe("agrees with a full reader of YAML", () => {
  const word = fc.constantFrom(
    "a",
    "b c",
    "d: e",
    "# f",
    "yes",
    "1.5",
    "- g",
    "{h",
    "i'j",
    'k"l',
    "m\nn",
    "",
    " o ",
    "!p",
  );
  const { value: anything } = fc.letrec<{ value: unknown; list: unknown[]; map: object }>((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, word, fc.boolean(), fc.constant(null), fc.integer(), tie("list"), tie("map")),
    list: fc.array(tie("value"), { maxLength: 4 }),
    map: fc.dictionary(fc.constantFrom("a", "b", "c d", "e:f", "g"), tie("value"), { maxKeys: 4 }),
  }));

  it("on what a serializer writes, unless it refuses", () => {
    fc.assert(
      fc.property(anything, fc.boolean(), (value, asJson) => {
        const text = asJson ? JSON.stringify(value, null, 1) : stringify(value, { lineWidth: 0 });
        const found = attempt(() => read(text));
        if (found !== undefined || asJson) expectSame(found?.value, parse(text), parse(text, { version: "1.1" }));
      }),
      { numRuns: 1_000 },
    );
  });

  const token = fc.constantFrom(
    "a", "b", "1", ":", ": ", " ", "  ", "\n", "\n  ", "\n    ", "- ", "-", "[", "]", "{", "}", ", ", ",", "#", " # ", "'", '"', "|", ">", "?", "? ", "&a", "*a", "!t", "---", "\n---\n", "|\n", ">-\n", "<<", "\\", "x: y\n", "- z\n",
  ); // prettier-ignore

  it("on any text that both take", () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 14 }), (tokens) => {
        const text = tokens.join("");
        const found = attempt(() => read(text));
        if (found === undefined) return;
        const full = attempt(() => parse(text, { logLevel: "silent" }));
        const old = attempt(() => parse(text, { logLevel: "silent", version: "1.1" }));
        if (full !== undefined) expectSame(found.value, full.value, old === undefined ? full.value : old.value);
      }),
      { numRuns: 20_000 },
    );
  });
});

/** Equal texts and shapes. Where versions 1.2 and 1.1 do not read the same text, none. */
function expectSame(found: unknown, full: unknown, old: unknown): void {
  if (typeof full === "string" && full === old) return expect(found).toBe(full);
  if (typeof full !== "object" || full === null) return expect(typeof found).not.toBe("string");
  expect(Array.isArray(found)).toBe(Array.isArray(full));
  expect(Object.keys(Object(found))).toEqual(Object.keys(full));
  for (const [key, value] of Object.entries(full)) {
    const older: unknown = Object(old)[key];
    expectSame(Object(found)[key], value, older === undefined ? value : older);
  }
}

function attempt(make: () => unknown): { value: unknown } | undefined {
  try {
    return { value: make() };
  } catch {
    return undefined;
  }
}
