import type * as api from "@jest/globals";

/**
 * What suites import from `@jest/globals`: `runtime.ts` puts this module in its place. Each suite of a process has a test
 * framework of its own, and modules that several suites share see that of the suite which runs, because these bindings change.
 */
export let afterAll: typeof api.afterAll;
export let afterEach: typeof api.afterEach;
export let beforeAll: typeof api.beforeAll;
export let beforeEach: typeof api.beforeEach;
export let describe: typeof api.describe;
export let expect: typeof api.expect;
export let it: typeof api.it;
export let jest: { readonly setTimeout: (timeoutMs: number) => void };
export let test: typeof api.test;

/** All of the above. */
export type Globals = Omit<typeof api, "jest"> & { readonly jest: typeof jest };

/** Before a suite is loaded. */
export function setGlobals(globals: Globals): void {
  ({ afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest, test } = globals);
}
