import { Worker } from "node:worker_threads";
import type { Watched } from "./leash-thread.ts";

/** What is read of what jest hands over. */
interface Given {
  readonly projectConfig: { readonly testEnvironmentOptions: { readonly suiteLimitMs?: number } };
}

/**
 * What jest calls a suite's environment: here it is the process itself, with nothing around the suite. What a suite, or jest
 * for it, changes of the process is as before when the suite has ended: working folder, variables, console, `process.exit`.
 *
 * jest itself ends a test that waits for too long. A suite that never gives control back, or never ends to load, ends with its
 * process after `suiteLimitMs`, which jest reports as the suite's failure.
 */
export default class ProcessEnvironment {
  readonly global = globalThis;
  readonly #console = globalThis.console;
  readonly #exit = process.exit;
  readonly #folder = process.cwd();
  readonly #variables = { ...process.env };

  constructor({ projectConfig }: Given, { testPath }: { readonly testPath: string }) {
    const { suiteLimitMs } = projectConfig.testEnvironmentOptions;
    if (suiteLimitMs !== undefined) watch({ suite: testPath, limitMs: suiteLimitMs });
  }

  async setup(): Promise<void> {}

  async teardown(): Promise<void> {
    watch(undefined);
    globalThis.console = this.#console;
    process.exit = this.#exit;
    process.chdir(this.#folder);
    for (const name of Object.keys(process.env)) if (!(name in this.#variables)) delete process.env[name];
    Object.assign(process.env, this.#variables);
  }

  /** There is no context of `node:vm`: jest asks whether it could ask. */
  getVmContext(): null {
    return null;
  }
}

/** Undefined where jest runs the suites in its own process. */
const jest = process.connected ? process.ppid : undefined;
let thread: Worker | undefined;

/** On a thread of its own, which goes on where this one does not. */
function watch(watched: Watched): void {
  if (thread === undefined) {
    thread = new Worker(new URL("leash-thread.ts", import.meta.url), { workerData: jest });
    thread.unref();
  }
  thread.postMessage(watched, []);
}
