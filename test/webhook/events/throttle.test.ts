import { expect, it } from "@jest/globals";
import { createThrottle, type Throttle } from "../../../webhook/events/throttle.ts";

const limits = { own: { burst: 3, perSecond: 1 }, all: { burst: 1_500, perSecond: 1_000 } };

/** How many of `tries` a tenant may do now. */
function count(throttle: Throttle, tenant: string, tries: number): number {
  return Array.from({ length: tries }, () => throttle(tenant)).filter(Boolean).length;
}

it("lets a burst through, and then as many as come back with time", () => {
  let nowMs = 0;
  const throttle = createThrottle(limits, () => nowMs);
  expect(count(throttle, "a", 10)).toBe(3);
  nowMs += 2_000;
  expect(count(throttle, "a", 10)).toBe(2);
  nowMs += 3_600_000;
  expect(count(throttle, "a", 10)).toBe(3);
});

it("takes nothing from others when one does too much", () => {
  const throttle = createThrottle(limits, () => 0);
  expect(count(throttle, "loud", 10_000)).toBe(3);
  expect(count(throttle, "quiet", 3)).toBe(3);
});

it("lets all of them together do no more than they may", () => {
  const throttle = createThrottle({ ...limits, all: { burst: 4, perSecond: 1 } }, () => 0);
  expect(["a", "b", "c"].map((tenant) => count(throttle, tenant, 3))).toEqual([3, 1, 0]);
});

it("remembers no more than so many tenants, and forgets those that have been still", () => {
  let nowMs = 0;
  const throttle = createThrottle(limits, () => nowMs);
  const names = Array.from({ length: 1_100 }, (_, at) => `tenant-${at}`);
  expect(names.filter((name) => throttle(name))).toHaveLength(1_024);
  expect(throttle("one-more")).toBe(false);
  nowMs += 1_000;
  expect(throttle("one-more")).toBe(true);
});

it("is not moved by a clock that goes back", () => {
  let nowMs = 10_000;
  const throttle = createThrottle(limits, () => nowMs);
  expect(count(throttle, "a", 5)).toBe(3);
  nowMs = 0;
  expect(count(throttle, "a", 5)).toBe(0);
});
