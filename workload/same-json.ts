import { isFields } from "./shape.ts";

/** Whether two values of JSON are the same; an absent field is the same as one that is undefined. However deep they are nested. */
export function isSameJson(one: unknown, other: unknown): boolean {
  const open: [unknown, unknown][] = [[one, other]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [a, b] = pair;
    if (Object.is(a, b)) continue;
    if (Array.isArray(a) && Array.isArray(b)) {
      if (a.length !== b.length) return false;
      a.forEach((item: unknown, at) => open.push([item, b[at]]));
    } else if (isFields(a) && isFields(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) open.push([ownOf(a, key), ownOf(b, key)]);
    } else return false;
  }
  return true;
}

function ownOf(fields: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(fields, key) ? fields[key] : undefined;
}
