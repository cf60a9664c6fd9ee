import { LRUCache } from "lru-cache";
import type { Artifact } from "../policies/artifact.ts";
import type { Digest } from "../policies/digest.ts";
import type { Evidence } from "../policies/evidence.ts";
import { createDesk } from "./desk.ts";
import { measureApproximately } from "../runtime/approximate-bytes.ts";
import { deepFreeze } from "../runtime/deep-freeze.ts";
import { explainUnusable } from "./errors.ts";
import { waitInTime } from "../registry/in-time.ts";
import { readArtifact, readContent, type ReadArtifact } from "./read-artifact.ts";
import { fetchPlaces, getRegistry } from "./registry-of.ts";
import type { PlacesOptions } from "../runtime/places.ts";
import { createSingleFlight } from "../runtime/single-flight.ts";
import type { Source } from "../registry/source.ts";
import { getTimeToLiveMs, type TimesToLive } from "./time-to-live.ts";

/** Evidence by repository and digest, remembered. What it gives is frozen, and the same whether it was remembered or not. */
export interface ArtifactCache {
  /** What is remembered, at once; undefined where somebody has to look. */
  peek(repository: string, digest: Digest, needContent: boolean): Evidence | undefined;
  /**
   * Looks, together with everybody who looks for the same. When the signal aborts, this caller alone is told
   * DEADLINE_EXCEEDED. Never throws EvidenceError or RegistryError.
   */
  lookUp(repository: string, digest: Digest, needContent: boolean, signal: AbortSignal): Promise<Evidence>;
  usage(): { readonly entries: number; readonly bytes: number };
}

/** What is kept, and for how long. */
export interface ArtifactCacheOptions extends TimesToLive {
  readonly maxEntries: number;
  /** Approximately, and besides what is being fetched. */
  readonly maxBytes: number;
  /** The time for one manifest, and again for its content. Below the ten seconds that the API server waits by default. */
  readonly fetchTimeoutMs: number;
  readonly places: PlacesOptions;
}

const defaultCacheOptions: ArtifactCacheOptions = {
  positiveTtlMs: 600_000,
  absentTtlMs: 5_000,
  maxEntries: 10_000,
  maxBytes: 64 * 1024 * 1024,
  fetchTimeoutMs: 8_000,
  places: fetchPlaces,
};

/** Told of every question: `hit` when memory answered, `miss` when somebody had to look, or to wait for one who looks. */
export interface ArtifactCacheObserver {
  hit(): void;
  miss(): void;
}

/** One remembered answer. `plain` and `full` are kept apart, so that what one workload needed shows in no other's answer. */
interface CacheEntry {
  /** With its content not read. */
  readonly plain: Evidence;
  /** Where `plain` is found: what it takes to read the content. */
  readonly read?: ReadArtifact;
  readonly full?: Evidence;
}

/** `clock` is monotonic, in milliseconds. */
export function createArtifactCache(
  source: Source,
  observer: ArtifactCacheObserver,
  options: Partial<ArtifactCacheOptions> = {},
  clock: { now(): number } = performance,
): ArtifactCache {
  const all = { ...defaultCacheOptions, ...options };
  const cache = createMemory(all, clock);
  const fetchers = createFetchers(source, cache, all);

  const peek: ArtifactCache["peek"] = (repository, digest, needContent) => {
    const entry = cache.get(toKey(source, repository, digest));
    const evidence = entry === undefined ? undefined : answer(entry, needContent);
    if (evidence !== undefined) observer.hit();
    return evidence;
  };

  const look: ArtifactCache["lookUp"] = async (repository, digest, needContent, signal) => {
    const key = toKey(source, repository, digest);
    const entry = cache.get(key) ?? (await fetchers.fetchPlain(key, repository, digest, signal));
    const evidence = answer(entry, needContent);
    if (evidence !== undefined || entry.read === undefined) return evidence ?? entry.plain;
    const { full, plain } = await fetchers.fetchFull(key, entry.read, signal);
    return full ?? plain;
  };

  return {
    peek,
    async lookUp(repository, digest, needContent, signal) {
      const remembered = peek(repository, digest, needContent);
      if (remembered !== undefined) return remembered;
      observer.miss();
      return await waitInTime(look(repository, digest, needContent, signal), signal).catch(toEvidence);
    },
    usage: () => ({ entries: cache.size, bytes: cache.calculatedSize }),
  };
}

/** What one identity may see is never answered to another. */
function toKey(source: Source, repository: string, digest: Digest): string {
  return JSON.stringify([source.scope(repository), repository, digest]);
}

type Memory = LRUCache<string, CacheEntry>;

function createMemory(
  { maxEntries, maxBytes }: Pick<ArtifactCacheOptions, "maxEntries" | "maxBytes">,
  clock: { now(): number },
): Memory {
  return new LRUCache({
    max: maxEntries,
    maxSize: maxBytes,
    sizeCalculation: (entry, key) => measureApproximately(entry) + measureApproximately(key),
    perf: clock,
    // Ask the clock each time: otherwise lru-cache starts a timer to remember the time by.
    ttlResolution: 0,
  });
}

/** Fetches what the memory lacks, once for all who ask for it at the same time. What it gives is frozen. */
interface Fetchers {
  fetchPlain(key: string, repository: string, digest: Digest, asked: AbortSignal): Promise<CacheEntry>;
  fetchFull(key: string, read: ReadArtifact, asked: AbortSignal): Promise<CacheEntry>;
}

function createFetchers(
  source: Source,
  cache: Memory,
  { fetchTimeoutMs, places, ...ttls }: ArtifactCacheOptions,
): Fetchers {
  const desk = createDesk();
  const share = createSingleFlight<CacheEntry>({ places, timeoutMs: fetchTimeoutMs });
  const keep = (key: string, entry: CacheEntry): CacheEntry => {
    const ttl = getTimeToLiveMs(entry.plain, ttls);
    if (ttl > 0) cache.set(key, deepFreeze(entry), { ttl });
    return deepFreeze(entry);
  };
  const readPlain = async (repository: string, digest: Digest, signal: AbortSignal): Promise<CacheEntry> => {
    try {
      const read = await readArtifact(source, repository, digest, signal, desk);
      return { plain: found(read.artifact), read };
    } catch (error) {
      return { plain: toEvidence(error) };
    }
  };
  return {
    fetchPlain(key, repository, digest, asked) {
      const run: Run = async (signal) => keep(key, await readPlain(repository, digest, signal));
      return share({ key: `manifest ${key}`, owner: getRegistry(source, repository), asked, run });
    },
    fetchFull(key, read, asked) {
      const run: Run = async (signal) => {
        const { content, lasting } = await readContent(source, read, signal, desk);
        const entry = { plain: found(read.artifact), read, full: found({ ...read.artifact, content }) };
        return lasting ? keep(key, entry) : deepFreeze(entry);
      };
      return share({ key: `content ${key}`, owner: getRegistry(source, read.artifact.repository), asked, run });
    },
  };
}

type Run = (signal: AbortSignal) => Promise<CacheEntry>;

function found(artifact: Artifact): Evidence {
  return { kind: "found", artifact };
}

/** Undefined where the answer lies in content that is not read yet. */
function answer({ plain, full }: CacheEntry, needContent: boolean): Evidence | undefined {
  return plain.kind === "found" && needContent ? full : plain;
}

/** Anything else that is thrown is a bug, and goes on as one. */
function toEvidence(error: unknown): Evidence {
  const missing = explainUnusable(error);
  if (missing === undefined) throw error;
  return missing;
}
