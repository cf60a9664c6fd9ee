import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { JsonSkimmer, SkimError, type UnreadValue } from "../../../../evidence/kinds/archive/skim-json.ts";

const parts: readonly UnreadValue[] = [
  { path: ["samples"], opens: "[" },
  { path: ["runs", "*", "requests"], opens: "{" },
  { path: ["runs", "*", "metrics", "*", "total"], opens: "{" },
];
const enough = 1024 * 1024;

function skim(text: string, pieceBytes = 7, maxBytes = enough): string {
  const skimmer = new JsonSkimmer(parts, maxBytes);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) skimmer.write(bytes.subarray(at, at + pieceBytes));
  return skimmer.end().toString();
}

describe("parts of a JSON text that nobody reads", () => {
  it.each([
    ['{"samples":[{"a":[1,"]"]}],"eval":{}}', '{"samples":null,"eval":{}}'],
    ['{"samples" : [ ] }', '{"samples" : null }'],
    [
      '{"runs":[{"requests":{"successful":[{}]},"end":1},{"requests":{}}]}',
      '{"runs":[{"requests":null,"end":1},{"requests":null}]}',
    ],
    ['{"runs":[{"metrics":{"a":{"total":{"p":{}},"ok":{}}}}]}', '{"runs":[{"metrics":{"a":{"total":null,"ok":{}}}}]}'],
    ['{"samples":["\\"]",{"\\\\":"\\\\"}],"b":1}', '{"samples":null,"b":1}'],
  ])("are left out: %s", (text, left) => {
    for (const size of [1, 3, 7, text.length]) expect(skim(text, size)).toBe(left);
  });

  it.each([
    ["another kind of value", '{"samples":{"a":[1]}}'],
    ["a number", '{"samples":100,"runs":[{"requests":0}]}'],
    ["the same key elsewhere", '{"eval":{"samples":[1]},"runs":{"requests":{}}}'],
    ["a longer path", '{"runs":[{"more":{"requests":{}}}]}'],
    ["a text that is called so", '{"a":"samples","b":[1],"samples ":[1]}'],
    ["a text behind a comma in a list", '["samples",[1],{"a":["samples",[2]]}]'],
    ["a key that is written with an escape", '{"\\u0073amples":[1]}'],
    ["a key of many letters", `{"${"samples".repeat(20)}":[1]}`],
    ["several values", '{"samples":1}\n{"a":[]}\n'],
  ])("are not taken for what is %s", (_, text) => {
    expect(skim(text)).toBe(text);
  });

  it.each(['{"samples":[1}', '{"samples":[1', "[}", "]", '{"samples":[{"a":"]}', "[".repeat(70)])(
    "cannot be told where brackets do not match: %s",
    (text) => expect(() => skim(text)).toThrow(SkimError),
  );

  it("may not leave more than may be held", () => {
    expect(skim(`{"samples":[${"1,".repeat(1000)}1]}`, 7, 20)).toBe('{"samples":null}');
    expect(() => skim('{"a":"0123456789"}', 7, 10)).toThrow("a layer unpacks to more than 10 bytes");
  });

  it("are left out of any text as they are of what it means", () => {
    const key = fc.constantFrom("samples", "runs", "requests", "metrics", "total", "a", 'b"', "c\\");
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom(0, true, null, "samples", '"]', "{["),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, tree), fc.nat(2), fc.integer({ min: 1, max: 40 }), (value, indent, size) => {
        expect(JSON.parse(skim(JSON.stringify(value, undefined, indent), size))).toEqual(leaveOut(value, []));
      }),
      { numRuns: 2_000 },
    );
  });
});

function leaveOut(value: unknown, path: readonly string[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  const opens = Array.isArray(value) ? "[" : "{";
  const isUnread = parts.some(
    (part) =>
      part.opens === opens &&
      part.path.length === path.length &&
      part.path.every((key, at) => key === "*" || key === path[at]),
  );
  if (isUnread) return null;
  if (Array.isArray(value)) return value.map((one) => leaveOut(one, [...path, ""]));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, leaveOut(one, [...path, key])]));
}
