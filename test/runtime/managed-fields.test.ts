import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { withoutManagedFields } from "../../runtime/managed-fields.ts";

/** What JSON.parse makes of the whole text, with every list under a key `managedFields` empty. */
function parsedWithout(text: string): unknown {
  return JSON.parse(text, (key, value: unknown) => (key === "managedFields" && Array.isArray(value) ? [] : value));
}

const read = (text: string): unknown => JSON.parse(withoutManagedFields(Buffer.from(text))) as unknown;

// No `"` beside `\\`: JSON.parse, which is the measure here, may take one for the other. https://github.com/nodejs/node/issues/63785
const key = fc.constantFrom("managedFields", 'x"managedFields', '"managedFields":[', "\\", "a", "é…", "[", "]", '""');
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5 },
    fc.oneof(key, fc.string(), fc.integer(), fc.constant(null)),
    fc.array(tie("json"), { maxLength: 4 }),
    fc.dictionary(key, tie("json"), { maxKeys: 4 }),
  ),
}));

describe("a review's text without its managed fields", () => {
  test("is read as the whole text is, but for those lists", () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(value);
        expect(read(text)).toEqual(parsedWithout(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test("is shorter where there are some", () => {
    const text = '{"a":{"managedFields":[{"f":"]\\"]"},["x"]],"b":1},"managedFields":[],"c":"…"}';
    expect(withoutManagedFields(Buffer.from(text))).toBe('{"a":{"managedFields":[],"b":1},"managedFields":[],"c":"…"}');
  });

  test.each(['{"managedFields":[', '{"managedFields":["', '{"managedFields":["\\', '{"managedFields":[[]'])(
    "leaves %j, which is not JSON, as it is",
    (text) => {
      expect(withoutManagedFields(Buffer.from(text))).toBe(text);
    },
  );
});
