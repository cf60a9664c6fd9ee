import { describe, expect, it } from "@jest/globals";
import { writeJson } from "../../../workload/json/write-json.ts";

/** Lists within lists, so many levels of them. */
function nest(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}

describe("writing a part of an object", () => {
  it.each([[{ a: [1, "two", null, true], b: {} }], ["text"], [0], [null], [nest(64)]])("as JSON has it: %j", (part) => {
    expect(writeJson(part)).toBe(JSON.stringify(part));
  });

  it.each([65, 9_900])("not where it has %i levels", (levels) => {
    expect(writeJson(nest(levels))).toBeUndefined();
    expect(writeJson({ many: [1, nest(levels)] })).toBeUndefined();
  });
});
