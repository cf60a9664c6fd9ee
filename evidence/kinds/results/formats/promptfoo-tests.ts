import { isObject } from "../../../../policies/is-object.ts";

/**
 * How many tests each prompt of a promptfoo config has, run `repeat` times; undefined where that shows only in files that
 * the config names, or in lists that promptfoo multiplies out.
 */
export function countTests(config: Readonly<Record<string, unknown>>, repeat: number): number | undefined {
  const { tests, scenarios, defaultTest } = config;
  const isPlain = Array.isArray(tests) && tests.every(isPlainTest) && isPlainTest(defaultTest ?? {});
  const isCounted = isPlain && isNothing(scenarios) && Number.isSafeInteger(repeat) && repeat > 0;
  return isCounted ? tests.length * repeat : undefined;
}

/** One that is run once, with every prompt and every provider. */
function isPlainTest(test: unknown): boolean {
  if (!isObject(test) || ["prompts", "providers"].some((key) => Object.hasOwn(test, key))) return false;
  const vars = test["vars"] ?? {};
  return isObject(vars) && !Object.values(vars).some(isMany);
}

/** A list of values makes a test of each; a file may hold one. */
function isMany(value: unknown): boolean {
  return Array.isArray(value) || (typeof value === "string" && value.startsWith("file://"));
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}
