import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import type { StatedBound } from "../../policies/artifact.ts";
import { describeBounds, isImpossible, isProved } from "../../policies/bounds.ts";
import { compareDecimals, parseDecimal, toDecimal } from "../../policies/decimal.ts";

/** `>= 0.62`, as text. */
function boundOf(text: string, passed = true): StatedBound {
  const [comparator, threshold = ""] = text.split(" ");
  return { metric: "exact_match", comparator: comparator as StatedBound["comparator"], threshold, passed };
}

describe("a bound that was met proves what follows from it, and nothing else", () => {
  it.each<[string, "min" | "max", number, boolean]>([
    [">= 0.62", "min", 0.6, true],
    [">= 0.62", "min", 0.62, true],
    [">= 0.620", "min", 0.62, true],
    ["> 0.62", "min", 0.62, true],
    [">= 0.62", "min", 0.63, false],
    [">= 0.6199999999999999999999", "min", 0.62, false],
    [">= 0.3", "min", 0.1 + 0.2, false],
    [">= 62", "min", 0.62, true],
    [">= 0.62", "min", 62, false],
    ["<= 0.90", "min", 0.6, false],
    [">= 0.10", "max", 0.4, false],
    ["<= 0.40", "max", 0.4, true],
    ["< 0.40", "max", 0.4, true],
    ["<= 0.41", "max", 0.4, false],
    ["<= -0.5", "max", -0.4, true],
    ["<= -0.4", "max", -0.5, false],
    [">= 0.0000001", "min", 1e-7, true],
    [">= 0.00000009", "min", 1e-7, false],
    ["<= 100000000000000000000000", "max", 1e23, true],
  ])("%s: %s %s is proved: %s", (stated, side, bound, expected) => {
    expect(isProved([boundOf(stated)], side, bound)).toBe(expected);
    expect(isProved([boundOf(stated, false)], side, bound)).toBe(false);
  });

  it("needs one that does, among several", () => {
    expect(isProved([boundOf(">= 0.5"), boundOf(">= 0.7"), boundOf("<= 0.9")], "min", 0.62)).toBe(true);
    expect(isProved([], "min", 0)).toBe(false);
  });
});

it.each<[string[], boolean]>([
  [[">= 0.6", "<= 0.6"], false],
  [[">= 0.6", "< 0.6"], true],
  [["> 0.6", "<= 0.60"], true],
  [[">= 0.7", "<= 0.6"], true],
  [[">= 0.6", ">= 0.7"], false],
])("%j contradict each other: %s", (bounds, expected) => {
  expect(isImpossible(bounds.map((one) => boundOf(one)))).toBe(expected);
});

it("says what is stated, and that nothing is", () => {
  expect(describeBounds([boundOf(">= 0.6"), boundOf("<= 0.9"), boundOf(">= 0.95", false)])).toBe(">= 0.6 and <= 0.9");
  expect(describeBounds([boundOf(">= 0.6", false)])).toBeUndefined();
});

describe("decimals", () => {
  it.each(["1e-3", "+1", ".5", "5.", "0x1", "", " 1", "1\n", "NaN", "1_000", "٣", "0".repeat(65)])(
    "%j is none",
    (text) => {
      expect(parseDecimal(text)).toBeUndefined();
    },
  );

  it("of finite numbers are in the order of the numbers", () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(number, number, (a, b) => {
        expect(Math.sign(compareDecimals(toDecimal(a), toDecimal(b)))).toBe(a < b ? -1 : Number(a > b));
      }),
    );
  });

  it("are compared as they are written, beyond what a number can hold", () => {
    const [less, more] = [parseDecimal("0.10000000000000000001"), parseDecimal("0.10000000000000000002")];
    expect(less && more && compareDecimals(less, more)).toBe(-1);
  });
});
