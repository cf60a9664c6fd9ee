import { describe, expect, it } from "@jest/globals";
import { allOf, andThen, both, catchAll, isNow, type NowOrLater } from "../../runtime/now-or-later.ts";

const later = <T>(value: T): Promise<T> => Promise.resolve(value);
const bug = new Error("a bug");

describe("values at hand", () => {
  it.each<[string, NowOrLater<unknown>, unknown]>([
    ["andThen", andThen(1, (one) => one + 1), 2],
    ["both", both(1, "a"), [1, "a"]],
    ["allOf", allOf([1, 2]), [1, 2]],
    ["allOf nothing", allOf([]), []],
    ["catchAll", catchAll(() => "1", String), "1"],
  ])("stay at hand: %s", (_what, value, expected) => {
    expect(isNow(value)).toBe(true);
    expect(value).toEqual(expected);
  });
});

describe("values that come later", () => {
  it.each<[string, NowOrLater<unknown>, unknown]>([
    ["andThen", andThen(later(1), (one) => one + 1), 2],
    ["andThen, later again", andThen(1, (one) => later(one + 1)), 2],
    ["both, the first", both(later(1), "a"), [1, "a"]],
    ["both, the second", both(1, later("a")), [1, "a"]],
    ["allOf, in order", allOf([later(1), 2, later(3)]), [1, 2, 3]],
    ["catchAll", catchAll(() => later("1"), String), "1"],
  ])("are waited for: %s", async (_what, value, expected) => {
    expect(isNow(value)).toBe(false);
    expect(await value).toEqual(expected);
  });

  it("reject as a whole, whichever of them does", async () => {
    await expect(both(new Promise(() => undefined), Promise.reject(bug))).rejects.toBe(bug);
    await expect(allOf([new Promise(() => undefined), Promise.reject(bug)])).rejects.toBe(bug);
  });
});

describe("what is thrown", () => {
  const work = (): never => {
    throw bug;
  };

  it("becomes what stands for it, now or later", async () => {
    expect(catchAll(work, String)).toBe("Error: a bug");
    expect(await catchAll(() => Promise.reject<string>(bug), String)).toBe("Error: a bug");
  });
});
