import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { mostValues, readReviewJson } from "../../../webhook/server/review-json.ts";

const maps = (count: number): string => Array<string>(count).fill("{}").join(",");
const listOf = (count: number): string => `[${maps(count)}]`;
/** A list is a value, too, and so is the object around it. */
const most = mostValues - 2;

function review(object: string, oldObject = "null"): Buffer {
  return Buffer.from(`{"request":{"uid":"u","object":${object},"oldObject":${oldObject}}}`);
}

function read(body: Buffer): { object: unknown; oldObject: unknown; tooLarge: readonly string[] } {
  const { text, tooLarge } = readReviewJson(body);
  const { request } = JSON.parse(text) as { request: { uid: string; object: unknown; oldObject: unknown } };
  expect(request.uid).toBe("u");
  return { object: request.object, oldObject: request.oldObject, tooLarge };
}

describe("an object of more values than any real one has", () => {
  it.each([
    ["maps", `{"a":[${maps(most + 1)}]}`],
    [
      "numbers",
      `{"a":[${Array<number>(most + 1)
        .fill(0)
        .join(",")}]}`,
    ],
    [
      "lists in lists",
      `{"a":[${Array<string>(64)
        .fill(listOf(mostValues / 64))
        .join(",")}]}`,
    ],
    ["a map", `{${Array.from({ length: mostValues }, (_, at) => `"${at}":0`).join(",")}}`],
    [
      "blanks between them",
      `{ "a" : [ ${Array<string>(most + 1)
        .fill("{ }")
        .join(" , ")} ] }`,
    ],
    [
      "texts that look like the end",
      `{"a":[${Array<string>(most + 1)
        .fill(`"\\"}"`)
        .join(",")}]}`,
    ],
  ])("is not parsed: %s", (_, object) => {
    expect(read(review(object))).toEqual({ object: null, oldObject: null, tooLarge: ["object"] });
  });

  it("is parsed up to the limit, each object for itself", () => {
    const largest = `{"a":[${maps(most)}]}`;
    const body = review(largest, largest);
    expect(readReviewJson(body)).toEqual({ text: body.toString(), tooLarge: [] });
  });

  it("leaves the other one as it is", () => {
    const large = `{"a":[${maps(most + 1)}]}`;
    const small = { b: "}" };
    const smallText = JSON.stringify(small);
    expect(read(review(smallText, large))).toEqual({ object: small, oldObject: null, tooLarge: ["oldObject"] });
    expect(read(review(large, smallText))).toEqual({ object: null, oldObject: small, tooLarge: ["object"] });
    expect(read(review(large, large))).toMatchObject({
      object: null,
      oldObject: null,
      tooLarge: ["object", "oldObject"],
    });
  });

  it("is not counted for what is in a text, or in managedFields", () => {
    const text = JSON.stringify({ a: '{},[]\\"'.repeat(mostValues) });
    expect(read(review(text))).toMatchObject({ object: JSON.parse(text) as unknown, tooLarge: [] });
    const managed = `{"metadata":{"managedFields":[${maps(most + 1)}]}}`;
    expect(read(review(managed))).toMatchObject({ object: { metadata: { managedFields: [] } }, tooLarge: [] });
  });

  it("leaves what is not JSON to the parser", () => {
    for (const text of [
      `{"request":{"object":{"a":[${maps(most + 1)}`,
      `"${"\\".repeat(2 * mostValues)}`,
      "}".repeat(2 * mostValues),
    ])
      expect(() => JSON.parse(readReviewJson(Buffer.from(text)).text) as unknown).toThrow(SyntaxError);
  });
});

it("any review is parsed to the same as it came, beside a text that makes it long enough to look", () => {
  const padding = "x".repeat(2 * mostValues);
  fc.assert(
    fc.property(fc.json(), fc.json(), (object, oldObject) => {
      const body = `{"padding":"${padding}","request":{"uid":"u","object":${object},"oldObject":${oldObject}}}`;
      const { text, tooLarge } = readReviewJson(Buffer.from(body));
      expect([JSON.parse(text), tooLarge]).toEqual([JSON.parse(body), []]);
    }),
    { numRuns: 200 },
  );
});
