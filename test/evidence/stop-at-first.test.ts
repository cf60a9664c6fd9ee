import { describe, expect, it } from "@jest/globals";
import * as z from "zod";
import { parseListOf, parseMapOf } from "../../evidence/stop-at-first.ts";
import { readStatement } from "../../evidence/signature/attestation/statement.ts";

/** Counts how often it is asked. */
function counting(): { readonly schema: z.ZodType<number>; readonly asked: () => number } {
  let asked = 0;
  const schema = z.custom<number>((value) => {
    asked += 1;
    return typeof value === "number";
  }, "expected a number");
  return { schema, asked: () => asked };
}

const many = Array<string>(10_000).fill("x");

describe("what holds many entries", () => {
  it.each([
    ["a list", parseListOf, many],
    ["an object", parseMapOf, Object.fromEntries(many.map((one, at) => [`k${at}`, one]))],
  ])("is not looked at behind the first that is wrong, and says which that is: %s", (_, make, value) => {
    const { schema, asked } = counting();
    const { error } = make(schema).safeParse(value);
    expect(error?.issues).toEqual([expect.objectContaining({ message: "expected a number" })]);
    expect(String(error?.issues[0]?.path[0])).toMatch(/^k?0$/);
    expect(asked()).toBe(1);
  });

  it.each([
    ["what is not a list", {}, "expected a list"],
    ["too few", [], "expected at least 1 entries"],
    ["too many", many, "more than 4 entries"],
  ])("is refused before any is looked at: %s", (_, value, message) => {
    const { schema, asked } = counting();
    expect(parseListOf(schema, { min: 1, max: 4 }).safeParse(value).error?.issues[0]).toMatchObject({
      message,
      path: [],
    });
    expect(asked()).toBe(0);
  });

  it("is read where all are right", () => {
    expect(parseListOf(z.number(), { min: 1 }).parse([1, 2])).toEqual([1, 2]);
    expect(parseMapOf(z.number()).parse({ constructor: 1, a: 2 })).toEqual({ constructor: 1, a: 2 });
    expect(parseMapOf(z.number()).safeParse([1]).success).toBe(false);
    expect(parseListOf(z.unknown()).parse([undefined])).toEqual([undefined]);
  });
});

describe("a statement of in-toto", () => {
  it.each([
    ["test-result/v0.1", { result: "PASSED", configuration: [], passedTests: [1, 2] }, "passedTests.0: "],
    ["svr/v0.2", { verifier: { id: "a", policies: [{}] }, timeCreated: "", properties: ["a", 7] }, "properties.1: "],
  ])("%s names the first entry that is wrong", (type, predicate, place) => {
    const statement = {
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ digest: {} }],
      predicateType: `https://in-toto.io/attestation/${type}`,
      predicate,
    };
    expect(() => readStatement(Buffer.from(JSON.stringify(statement)))).toThrow(place);
  });
});
