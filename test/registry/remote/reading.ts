import type { Clock } from "../../../registry/remote/clock.ts";
import type { RegistryOptions } from "../../../registry/remote/registry.ts";
import { RegistryError } from "../../../registry/errors.ts";
import type { Body } from "../../../registry/source.ts";
import type { HostileRegistry } from "../../support/hostile-registry/server.ts";

/** What all tests of the HTTP source need. */

export const repository = "team/evals";

/** A review that has all the time in the world. */
export const patient = new AbortController().signal;

/** The options of a test registry without TLS. No retries, so that a test sees the one answer it asked for. */
export function plain(registry: HostileRegistry, over: Partial<RegistryOptions> = {}): RegistryOptions {
  return { host: registry.host, plainHttp: true, maxRetries: 0, ...over };
}

export async function read(body: Body): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.chunks) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The error that the promise must reject with; any other error, or none, fails the test. */
export async function errorOf(promise: Promise<unknown>): Promise<RegistryError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof RegistryError) return error;
  throw new Error("expected a RegistryError", { cause: error });
}

/** `unavailable denied`, `absent`: what a test asserts of an error. */
export async function outcomeOf(promise: Promise<unknown>): Promise<string> {
  const { failure } = await errorOf(promise);
  return failure.kind === "absent" ? "absent" : `${failure.kind} ${failure.reason}`;
}

/** A clock that stands still until a test moves it, and sleeps without sleeping. */
export interface TestClock extends Clock {
  nowMs: number;
  /** Every pause that was asked for. */
  readonly pausesMs: number[];
}

export function testClock(): TestClock {
  const clock: TestClock = {
    nowMs: Date.UTC(2026, 10, 23),
    pausesMs: [],
    now: () => clock.nowMs,
    sleep(ms, signal) {
      clock.pausesMs.push(ms);
      return signal.aborted ? Promise.reject(new Error("aborted")) : Promise.resolve();
    },
  };
  return clock;
}
