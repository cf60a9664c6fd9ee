import { getEventListeners } from "node:events";
import { expect, it } from "@jest/globals";
import { pause } from "../../runtime/pause.ts";

const long = 3_600_000;

it("a pause lasts as long as it should", async () => {
  const startMs = performance.now();
  await pause(20, new AbortController().signal);
  expect(performance.now() - startMs).toBeGreaterThan(18);
});

it("a pause ends early, without an error, when it is called off, also before it began", async () => {
  const off = new AbortController();
  const pausing = pause(long, off.signal);
  off.abort();
  await expect(pausing).resolves.toBeUndefined();
  await expect(pause(long, off.signal)).resolves.toBeUndefined();
});

it.each([0, -1, -Infinity])("a pause of %d ms is none", async (ms) => {
  await expect(pause(ms, new AbortController().signal)).resolves.toBeUndefined();
});

it("a pause leaves nothing behind on its signal", async () => {
  const { signal } = new AbortController();
  await pause(1, signal);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
