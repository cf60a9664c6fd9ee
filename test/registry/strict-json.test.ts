import { describe, it, expect } from "@jest/globals";
import * as fc from "fast-check";
import { limits } from "../../registry/limits.ts";
import { parseStrictJson } from "../../registry/strict-json.ts";
import { outcomeOf } from "../evidence/outcome.ts";

const parse = (text: string): unknown => parseStrictJson(Buffer.from(text));
const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const keys = (count: number): string => `{${Array.from({ length: count }, (_, at) => `"${at}":0`).join()}}`;

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
  ])("refuses %s", async (_, text) => {
    expect(await outcomeOf(() => parse(text))).toBe("ARTIFACT_INVALID");
  });

  it.each([
    ["a lone continuation byte", [0x22, 0x80, 0x22]],
    ["an overlong slash", [0x22, 0xc0, 0xaf, 0x22]],
    ["a surrogate in UTF-8", [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ["UTF-16", [0xff, 0xfe, 0x31, 0x00]],
  ])("refuses %s", async (_, bytes) => {
    expect(await outcomeOf(() => parseStrictJson(Uint8Array.from(bytes)))).toBe("ARTIFACT_INVALID");
  });

  it("throws nothing but a refusal, whatever the bytes are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
        expect(["accepted", "ARTIFACT_INVALID"]).toContain(await outcomeOf(() => parseStrictJson(bytes)));
      }),
    );
  });
});
