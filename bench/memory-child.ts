import { createArtifactCache } from "../evidence/artifact-cache.ts";
import type { Source } from "../registry/source.ts";
import { artifactOf } from "../test/support/artifacts.ts";
import { bodyOf } from "../test/support/memory-source.ts";

/** A million distinct digests through the cache, one after the other. Prints RSS after the first 50,000 and at the end. */
const total = Number(process.argv[2] ?? 1_000_000);
const early = Math.min(50_000, total / 2);
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
const rssMiB = (): number => {
  globalThis.gc?.();
  return process.memoryUsage.rss() / 2 ** 20;
};
let earlyMiB = 0;
for (let at = 1; at <= total; at += 1) {
  next = artifactOf([{ bytes: Buffer.from("x"), mediaType: "text/plain" }], {
    annotations: { "dev.assaygate.model.name": `model-${at}` },
  });
  const { kind } = await store.lookUp("quay.io/acme/evals", next.digest, false, signal);
  if (kind !== "found") throw new Error(kind);
  if (at === early) earlyMiB = rssMiB();
}
process.stdout.write(`${JSON.stringify({ earlyMiB, lateMiB: rssMiB(), ...store.usage() })}\n`);
