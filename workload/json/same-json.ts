import { isObject } from "../../policies/is-object.ts";

/** Whether two values of JSON are the same; an absent field is the same as one that is undefined. However deep they are nested. */
export function isSameJson(one: unknown, other: unknown): boolean {
  const open: Open = { left: [], right: [] };
  add(open, one, other);
  while (open.left.length > 0) {
    const [a, b] = [open.left.pop(), open.right.pop()];
    if (Array.isArray(a) && Array.isArray(b)) {
      if (a.length !== b.length) return false;
      for (let at = 0; at < a.length; at += 1) add(open, a[at], b[at]);
    } else if (isObject(a) && isObject(b)) {
      for (const key of Object.keys(a)) add(open, a[key], Object.hasOwn(b, key) ? b[key] : undefined);
      for (const key of Object.keys(b)) if (!Object.hasOwn(a, key) && b[key] !== undefined) return false;
    } else return false;
  }
  return true;
}

/** Pairs that have yet to be compared: two lists, so that large objects make no list for each pair. */
interface Open {
  readonly left: unknown[];
  readonly right: unknown[];
}

function add({ left, right }: Open, a: unknown, b: unknown): void {
  if (Object.is(a, b)) return;
  left.push(a);
  right.push(b);
}
