import { describe, it, expect } from "@jest/globals";
import * as fc from "fast-check";
import { limits } from "../../registry/limits.ts";
import { parseStrictJson, readStrictJson, walkStrictJson } from "../../registry/strict-json.ts";
import { outcomeOf } from "./outcome.ts";

const parse = (text: string): unknown => parseStrictJson(Buffer.from(text));
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const keys = (count: number): string => `{${Array.from({ length: count }, (_, at) => `"${at}":0`).join()}}`;

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function keysIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return [...(Array.isArray(value) ? [] : Object.keys(value)), ...Object.values(value).flatMap(keysIn)];
}

describe("parseStrictJson", () => {
  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        fc.pre(
          !text.includes("__proto__") && keysIn(JSON.parse(text)).every((key) => !JSON.stringify(key).includes("\\")),
        );
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ["the same key in two objects", '{"a":{"a":1},"b":[{"a":1},{"a":1}]}'],
    ["a string that looks like a second key", '{"a":"a","b":"\\"a\\":1"}'],
    ["a string with braces and quotes", '{"a":"{\\"a\\\\","b":"}]"}'],
    ["keys that differ in case or form", '{"env":1,"Env":2,"e\\u0301":3,"\\u00e9":4}'],
    ["white space before the colon", '{"a" \n\t\r : 1}'],
    ["an array of strings", '["a","a"]'],
    ["the deepest nesting", nested(limits.jsonDepth)],
    ["the most keys", keys(limits.jsonKeys)],
    ["the most values", `[${"0,".repeat(limits.jsonValues - 2)}0]`],
    ["the longest string", JSON.stringify("x".repeat(limits.jsonStringBytes))],
    ["the longest number", "1".repeat(limits.jsonNumberBytes)],
    ["the most blanks", `[${" ".repeat(limits.jsonBlanks - 1)}0]`],
    ["every constant and form of a number", "[true,false,null,0,-0,1.5,-1e5,1E+5,2e-7,1e999]"],
    ["every escape", '["\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\\ud800é😀"]'],
    ["empty lists and objects", ' [ [ ] , { } , { "" : [ ] } ] '],
  ])("accepts %s", (_, text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ["status", '{"h":1,"st\\u0061tus":2}', '{"h":[],"st\\\\u00":0}'],
    ["é", '{"h":1,"\\u00e9":2}', '{"h":[],"\\\\":0}'],
  ])(
    "T27 reads the key %s as it is, after a text with which JSON.parse would take it for another",
    (key, text, poison) => {
      expect(Object.keys(JSON.parse(poison) as object)).toHaveLength(2);
      expect(parse(text)).toEqual({ h: 1, [key]: 2 });
      expect(parse(`[${text},${text}]`)).toEqual([
        { h: 1, [key]: 2 },
        { h: 1, [key]: 2 },
      ]);
    },
  );

  it.each([
    ["T27 a key with a backslash", '{"a\\\\":1}'],
    ["T27 a key with a quote", '{"\\"":1}'],
    ["T27 a key with a line break", '{"\\n":1}'],
    ["T27 a key with half a character", '{"\\ud800":1}'],
    ["T27 a key twice", '{"env":"dev","env":"prod"}'],
    ["T27 a key twice, once escaped", '{"env":"dev","\\u0065nv":"prod"}'],
    ["T27 a key twice, deep inside", '[{"a":{"b":[{"c":1,"d":2,"c":3}]}}]'],
    ["T27 a key twice, with other objects between", '{"a":{"x":1},"b":[{"a":2}],"a":3}'],
    ["T27 a key twice, with white space before its colon", '{"a":1,"a" \n:2}'],
    ["T27 an empty key twice", '{"":1,"":2}'],
    ["a key __proto__", '{"__proto__":{"admit":true}}'],
    ["an escaped key __proto__", '{"\\u005f_proto__":{"admit":true}}'],
    ["T05 nesting one too deep", nested(limits.jsonDepth + 1)],
    ["T05 nesting a million deep, never closed", '{"a":'.repeat(1_000_000)],
    ["T05 one key too many", keys(limits.jsonKeys + 1)],
    ["nothing", ""],
    ["text that is not JSON", "env: prod"],
    ["a string that does not end", '{"a":"\\'],
    ["a bad escape in a key", '{"\\x":1}'],
    ["brackets that do not match", '{"a":1]'],
    ["more brackets closed than opened", "]]}}[[{{"],
    ["something after the value", '{"a":1} {"a":2}'],
    ["a byte order mark", '\uFEFF{"a":1}'],
    ["NaN, as Python writes it", '{"a":NaN}'],
    ["T05 one value too many", `[${"0,".repeat(limits.jsonValues - 1)}0]`],
    [
      "T05 one key too many in all",
      `[${Array(limits.jsonValues / 2)
        .fill('{"a":0}')
        .join()}]`,
    ],
    ["T05 a string one byte too long", JSON.stringify("x".repeat(limits.jsonStringBytes + 1))],
    ["T05 a number one digit too long", "1".repeat(limits.jsonNumberBytes + 1)],
    ["T05 one blank too many", `[${" ".repeat(limits.jsonBlanks)}0]`],
    ["a comma at the end", "[0,]"],
    ["a comma at the beginning", "[,0]"],
    ["a comma at the end of an object", '{"a":0,}'],
    ["a key that is no string", "{a:0}"],
    ["a key without a value", '{"a"}'],
    ["a number that begins with 0", "[01]"],
    ["a number that ends with a point", "[1.]"],
    ["a number with a plus", "[+1]"],
    ["half a constant", "[tru]"],
    ["a constant in capitals", "[True]"],
    ["a line break in a string", '["\n"]'],
    ["a string with half an escape", '["\\u00"]'],
    ["two values in a row", "[0 0]"],
  ])("refuses %s", async (_, text) => {
    expect(await outcomeOf(() => parse(text))).toBe("invalid");
  });

  it.each([
    ["a lone continuation byte", [0x22, 0x80, 0x22]],
    ["an overlong slash", [0x22, 0xc0, 0xaf, 0x22]],
    ["a surrogate in UTF-8", [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ["UTF-16", [0xff, 0xfe, 0x31, 0x00]],
  ])("refuses %s", async (_, bytes) => {
    expect(await outcomeOf(() => parseStrictJson(Uint8Array.from(bytes)))).toBe("invalid");
  });

  it("agrees with JSON.parse on what is JSON and what it says", async () => {
    const token = fc.constantFrom(
      ...'{}[]:,"\\u0e-+. \n'.split(""),
      "true",
      "null",
      '"a":',
      '{"b":',
      "12",
      "0.5",
      '"é"',
      "[[",
      "]]",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(token, { maxLength: 12 }), async (tokens) => {
        const text = tokens.join("");
        const [ours, theirs] = [await outcomeOf(() => parse(text)), parsed(text)];
        if (ours === "accepted") expect(parse(text)).toEqual(theirs?.value);
        else expect(theirs === undefined || /"(.*)":.*"\1":/s.test(text) || text.includes("\\")).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ["values", `[${"0,".repeat(60_000)}0]`],
    ["keys", `[${Array(500).fill(keys(100)).join()}]`],
    [
      "strings",
      `[${Array(40)
        .fill(JSON.stringify("x".repeat(60_000)))
        .join()}]`,
    ],
    [
      "escapes",
      `[${Array(40)
        .fill(JSON.stringify("\n".repeat(30_000)))
        .join()}]`,
    ],
    [
      "blanks",
      `[${Array(60)
        .fill(`${" ".repeat(60_000)}0`)
        .join()}]`,
    ],
    ["depth", `[${Array(1000).fill(nested(60)).join()}]`],
  ])("reads much of one kind in steps that are all about as short: %s", (_, text) => {
    const works: number[] = [];
    let values = 0;
    const steps = walkStrictJson(Buffer.from(text), () => void (values += 1));
    for (let step = steps.next(); step.done !== true; step = steps.next()) works.push(step.value);
    const all = text.length + values * 32;
    expect(works.length).toBeGreaterThan(all / 200_000);
    expect(Math.max(...works)).toBeLessThan(200_000);
    expect(works.reduce((sum, work) => sum + work, 0)).toBeLessThanOrEqual(all);
  });

  it("pauses after each step where it is asked to, and reads the same", async () => {
    let pauses = 0;
    const text = `[${" ".repeat(60_000)}${"0,".repeat(8000)}0]`;
    expect(await readStrictJson(Buffer.from(text), async () => void (pauses += 1))).toEqual(JSON.parse(text));
    expect(pauses).toBeGreaterThan(4);
  });

  it("throws nothing but a refusal, whatever the bytes are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
        expect(["accepted", "invalid"]).toContain(await outcomeOf(() => parseStrictJson(bytes)));
      }),
    );
  });
});
