import { createRequire, registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { startCoverage, takeCoverage, type ModuleCoverage } from "./coverage.ts";
import { setGlobals, type Globals } from "./globals.ts";
import { showPathsInStacks } from "./stacks.ts";

const require = createRequire(import.meta.url);
const globals = pathToFileURL(join(import.meta.dirname, "globals.ts")).href;

/** Outside of jest's own module system `@jest/globals` only throws. */
registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== "@jest/globals") return next(specifier, context);
    return { url: globals, format: "module-typescript", shortCircuit: true };
  },
});

/**
 * Loads suites as Node loads any module, in the place of jest's own module system, which compiles every module anew for every
 * suite. The modules of a process are loaded once, for all suites that run in it; the test framework is a suite's own. Suites
 * are modules (ESM), and no module is replaced.
 *
 * jest calls these methods. https://jestjs.io/docs/configuration#runtime-string
 */
export default class NativeRuntime {
  readonly #folder: string;
  #coverage: readonly ModuleCoverage[] = [];

  constructor({ rootDir }: { readonly rootDir: string }) {
    this.#folder = rootDir;
  }

  requireInternalModule(file: string): unknown {
    forgetFramework();
    delete require.cache[file];
    return require(file);
  }

  requireModule(file: string): unknown {
    return require(file);
  }

  setGlobalsForRuntime(given: Omit<Globals, "jest">): void {
    showPathsInStacks();
    delete given.expect.getState().currentTestName;
    setGlobals({ ...given, jest: { setTimeout: setTestTimeout } });
  }

  unstable_shouldLoadAsEsm(): boolean {
    return true;
  }

  async unstable_importModule(file: string): Promise<void> {
    await import(pathToFileURL(file).href);
  }

  getSourceMaps(): null {
    return null;
  }

  getAllCoverageInfoCopy(): undefined {
    return undefined;
  }

  collectV8Coverage(): Promise<void> {
    return startCoverage();
  }

  async stopCollectingV8Coverage(): Promise<void> {
    this.#coverage = await takeCoverage(this.#folder);
  }

  getAllV8CoverageInfoCopy(): readonly ModuleCoverage[] {
    return this.#coverage;
  }

  enterTestCode(): void {}

  leaveTestCode(): void {}

  teardown(): void {
    forgetFramework();
  }
}

/** jest-circus keeps its state, its handlers and the time that a test may take in properties of the global object. */
const frameworkKeys = new Set(["JEST_STATE_SYMBOL", "EVENT_HANDLERS", "TEST_TIMEOUT_SYMBOL"]);

function forgetFramework(): void {
  for (const key of Object.getOwnPropertySymbols(globalThis)) {
    if (frameworkKeys.has(key.description ?? "")) Reflect.deleteProperty(globalThis, key);
  }
}

function setTestTimeout(timeoutMs: number): void {
  Reflect.set(globalThis, Symbol.for("TEST_TIMEOUT_SYMBOL"), timeoutMs);
}
