import { isObject } from "../../../policies/is-object.ts";

/** Deeper values of JSON are not weighed: they are heavier than any limit. */
const maxDepth = 64;

/**
 * Whether two values are the same JSON, the order of their keys included: whatever is computed of one is the same of the other.
 * As deep as `one`, which must have been weighed.
 */
export function isIdenticalJson(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one)) return Array.isArray(other) && areIdentical(one, other);
  if (Array.isArray(other)) return false;
  return areIdentical(Object.keys(one), Object.keys(other)) && areIdentical(Object.values(one), Object.values(other));
}

function areIdentical(some: readonly unknown[], others: readonly unknown[]): boolean {
  if (some.length !== others.length) return false;
  for (let at = 0; at < some.length; at += 1) if (!isIdenticalJson(some[at], others[at])) return false;
  return true;
}

/**
 * About the bytes that a value takes as JSON. Infinity for one that is heavier than `limit`, of which no more is looked at, or
 * that lies too deep.
 */
export function measureJson(value: unknown, limit: number, depth = 0): number {
  if (typeof value === "string") return value.length + 8;
  let weight = 16;
  if (Array.isArray(value)) {
    if (depth === maxDepth) return Infinity;
    // One by one: an object may have a list of megabytes, of which the beginning tells enough.
    for (const part of value) {
      weight += 4 + measureJson(part, limit - weight, depth + 1);
      if (weight > limit) return Infinity;
    }
    return weight;
  }
  if (!isObject(value)) return 8;
  if (depth === maxDepth) return Infinity;
  // JSON has own keys alone. A list of all pairs would be made whole before the first is looked at.
  for (const key in value) {
    weight += key.length + measureJson(value[key], limit - weight, depth + 1);
    if (weight > limit) return Infinity;
  }
  return weight;
}
