import { expect, test } from "@jest/globals";
import { findNearest } from "../../../policies/language/nearest.ts";

test.each([
  ["stat", "state"],
  ["Digset", "digest"],
  ["nothing-of-the-kind", undefined],
])("the nearest word to %s is %s", (word, nearest) => {
  expect(findNearest(word, ["state", "digest"])).toBe(nearest);
});

test("a word of many megabytes is near to nothing, at once", () => {
  expect(findNearest("x".repeat(64 * 1024 * 1024), ["state", "digest"])).toBeUndefined();
});
