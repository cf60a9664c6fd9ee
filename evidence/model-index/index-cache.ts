import { setImmediate } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import type { Digest } from "../../policies/digest.ts";
import type { ErrorReason } from "../../policies/reasons.ts";
import { fetchVerified } from "../../registry/fetch-verified.ts";
import { waitInTime } from "../../registry/in-time.ts";
import { limits } from "../../registry/limits.ts";
import type { Source } from "../../registry/source.ts";
import { readStrictJson } from "../../registry/strict-json.ts";
import { deepFreeze } from "../../runtime/deep-freeze.ts";
import { createSingleFlight } from "../../runtime/single-flight.ts";
import { explainUnusable } from "../errors.ts";
import { fetchPlaces, getRegistry } from "../registry-of.ts";
import { parseIndex } from "./parse-index.ts";

/**
 * What became of reading one digest as an image index. `none`: what lies there is not an index. `absent` and `refused` are
 * answers, `unavailable` is not one.
 */
export type IndexAnswer =
  | { readonly kind: "index"; readonly lists: readonly Digest[] }
  | { readonly kind: "none" }
  | { readonly kind: "absent"; readonly message: string }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "unavailable"; readonly reason: ErrorReason; readonly message: string };

/** Image indexes by repository and digest, remembered. */
export interface ModelIndexCache {
  /** What is remembered, at once; undefined where somebody has to look. */
  peek(repository: string, digest: Digest): IndexAnswer | undefined;
  /** Looks, together with everybody who looks for the same. Never rejects but for bugs. */
  lookUp(repository: string, digest: Digest, signal: AbortSignal): Promise<IndexAnswer>;
}

/** What is kept, and for how long. Milliseconds. */
export interface ModelIndexOptions {
  readonly positiveTtlMs: number;
  readonly absentTtlMs: number;
  readonly maxEntries: number;
  readonly fetchTimeoutMs: number;
}

const defaults: ModelIndexOptions = {
  positiveTtlMs: 600_000,
  absentTtlMs: 5_000,
  maxEntries: 2_000,
  fetchTimeoutMs: 8_000,
};

/** `clock` is monotonic, in milliseconds. */
export function createModelIndexCache(
  source: Source,
  options: Partial<ModelIndexOptions> = {},
  clock: { now(): number } = performance,
): ModelIndexCache {
  const { positiveTtlMs, absentTtlMs, maxEntries, fetchTimeoutMs } = { ...defaults, ...options };
  const cache = new LRUCache<string, IndexAnswer>({ max: maxEntries, perf: clock, ttlResolution: 0 });
  const share = createSingleFlight<IndexAnswer>({ places: fetchPlaces, timeoutMs: fetchTimeoutMs });
  const toKey = (repository: string, digest: Digest): string =>
    JSON.stringify([source.scope(repository), repository, digest]);

  const look = async (repository: string, digest: Digest, signal: AbortSignal): Promise<IndexAnswer> => {
    const answer = deepFreeze(await explained(() => readIndex(source, repository, digest, signal)));
    if (answer.kind === "unavailable") return answer;
    const isLasting = answer.kind === "index" || answer.kind === "none";
    cache.set(toKey(repository, digest), answer, { ttl: isLasting ? positiveTtlMs : absentTtlMs });
    return answer;
  };

  return {
    peek: (repository, digest) => cache.get(toKey(repository, digest)),
    lookUp: (repository, digest, asked) =>
      explained(() => {
        const owner = getRegistry(source, repository);
        const run = (signal: AbortSignal): Promise<IndexAnswer> => look(repository, digest, signal);
        return waitInTime(share({ key: toKey(repository, digest), owner, asked, run }), asked);
      }),
  };
}

async function readIndex(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<IndexAnswer> {
  const body = await source.manifest(repository, digest, signal);
  const bytes = await fetchVerified(body, { digest, maxBytes: limits.manifestBytes }, signal);
  const lists = parseIndex(await readStrictJson(bytes, () => setImmediate()), body.mediaType);
  return lists === undefined ? { kind: "none" } : { kind: "index", lists };
}

async function explained(read: () => Promise<IndexAnswer>): Promise<IndexAnswer> {
  try {
    return await read();
  } catch (error) {
    const missing = explainUnusable(error);
    if (missing === undefined) throw error;
    const { kind, message } = missing;
    return kind === "unavailable" ? missing : { kind, message };
  }
}
