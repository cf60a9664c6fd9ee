import { setImmediate } from "node:timers/promises";
import { createArtifactCache } from "../evidence/artifact-cache.ts";
import type { Source } from "../registry/source.ts";
import { artifactOf } from "../test/support/artifacts.ts";
import { bodyOf } from "../test/support/memory-source.ts";
import type { MemoryGrowth } from "./memory.ts";

/**
 * A million distinct digests through the cache, one after the other. Everything is read when what is dead has just been
 * collected: what is held, after the first 50,000 and at the end; and RSS, after the first 150,000 and every 50,000 from there.
 * RSS has the room, too, that garbage took between two collections, which stays with the process: it grows until the longest such
 * time has been, and that is within the first hundred thousand.
 */
const total = Number(process.argv[2] ?? 1_000_000);
const step = Math.min(50_000, total / 2);
const settled = Math.min(150_000, total / 2);
let next = artifactOf([{ bytes: Buffer.from("x"), mediaType: "text/plain" }]);
const source: Source = {
  manifest: () => Promise.resolve(bodyOf(next.manifest, { mediaType: next.mediaType })),
  blob: () => Promise.reject(new Error("not asked for")),
  referrers: () => {
    throw new Error("not asked for");
  },
  tagged: () => Promise.reject(new Error("not asked for")),
  scope: () => "bench",
};
const store = createArtifactCache(source, { hit: () => undefined, miss: () => undefined });
const signal = new AbortController().signal;
const held: number[] = [];
const rss: number[] = [];
for (let at = 1; at <= total; at += 1) {
  next = artifactOf([{ bytes: Buffer.from("x"), mediaType: "text/plain" }], {
    annotations: { "dev.assaygate.model.name": `model-${at}` },
  });
  const { kind } = await store.lookUp("quay.io/acme/evals", next.digest, false, signal);
  if (kind !== "found") throw new Error(kind);
  if (at % step === 0) await look(at);
}
process.stdout.write(`${JSON.stringify({ ...summary(), ...store.usage() } satisfies Omit<MemoryGrowth, "digests">)}\n`);

/** What hangs outside on something that is collected is freed a turn later. */
async function look(at: number): Promise<void> {
  globalThis.gc?.();
  await setImmediate();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  held.push((heapUsed + external) / 2 ** 20);
  if (at >= settled) rss.push(process.memoryUsage.rss() / 2 ** 20);
}

function summary() {
  const [heldEarlyMiB = Number.NaN] = held;
  const [rssEarlyMiB = Number.NaN] = rss;
  return { heldEarlyMiB, heldLateMiB: held.at(-1) ?? Number.NaN, rssEarlyMiB, rssHighestMiB: Math.max(...rss) };
}
