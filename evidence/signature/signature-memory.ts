import { LRUCache } from "lru-cache";
import type { Digest } from "../../policies/digest.ts";
import type { RequiredSigners } from "../../policies/policy.ts";
import type { Source } from "../../registry/source.ts";
import type { AttachedSignatures } from "./attached-signature.ts";
import type { SignaturePlace } from "./find-attached.ts";
import { measureAttached } from "./size-of-attached.ts";
import { toRequiredKey, type Verification } from "./verification.ts";

/** What is remembered of one artifact: the signatures that were found, with what came of verifying them. */
export interface RememberedSignatures {
  readonly verification: Verification;
  /** By the clock of the memory, in milliseconds. */
  readonly foundMs: number;
}

/** What was found of signatures, bounded in entries and bytes. */
export interface SignatureMemory {
  /** What is known of all of an artifact's signatures or, if not that, of those that were enough for these signers. */
  recall(repository: string, digest: Digest, required: readonly RequiredSigners[]): RememberedSignatures | undefined;
  /** What was not read to the end, because it was enough for some, is remembered for those alone. */
  keep(
    repository: string,
    digest: Digest,
    required: readonly RequiredSigners[],
    verification: Verification,
  ): RememberedSignatures;
  /** Of a statement, which is what its digest says, wherever it lies. Made where it is not known. */
  recallStatement(digest: Digest, make: () => Verification): RememberedSignatures;
  /** Where a repository's signatures were found last: where to look first the next time. */
  getPlace(repository: string): SignaturePlace;
}

/** What the memory holds, and for how long. */
export interface SignatureMemoryOptions {
  readonly maxEntries: number;
  /** How long anything is kept. Milliseconds. */
  readonly ttlMs: number;
}

/** A signature and its manifest are far smaller; an attacker's are not. */
const maxBytes = 64 * 1024 * 1024;

/** Whose place of signatures is remembered: those of another are looked for in two places again. */
const maxRepositories = 1_000;

/** Remembers by registry identity, repository and digest, as `source` tells them apart. */
export function createSignatureMemory(
  source: Source,
  { maxEntries, ttlMs }: SignatureMemoryOptions,
  clock: { now(): number },
): SignatureMemory {
  const limits = { max: maxEntries, maxSize: maxBytes, ttl: ttlMs, ttlResolution: 0 };
  const sizeCalculation = ({ verification: { attached } }: RememberedSignatures): number => measureAttached(attached);
  const cache = new LRUCache<string, RememberedSignatures>({ ...limits, sizeCalculation, perf: clock });
  const lastPlaces = new LRUCache<string, SignaturePlace>({ max: maxRepositories });
  const repositoryKey = (repository: string): string => JSON.stringify([source.scope(repository), repository]);
  const toKey = (repository: string, digest: Digest): string =>
    JSON.stringify([source.scope(repository), repository, digest]);
  return {
    recall(repository, digest, required) {
      const whole = toKey(repository, digest);
      return cache.get(whole + toRequiredKey(required)) ?? cache.get(whole);
    },
    keep(repository, digest, required, verification) {
      const { attached } = verification;
      const found: RememberedSignatures = { verification, foundMs: clock.now() };
      const whole = toKey(repository, digest);
      const partial = whole + toRequiredKey(required);
      if (attached.complete) cache.delete(partial);
      cache.set(attached.complete ? whole : partial, found);
      if (attached.all.length > 0) lastPlaces.set(repositoryKey(repository), whereFound(attached));
      return found;
    },
    recallStatement(digest, make) {
      const key = JSON.stringify(["attestation", digest]);
      const known = cache.get(key) ?? { verification: make(), foundMs: clock.now() };
      if (!cache.has(key)) cache.set(key, known);
      return known;
    },
    getPlace: (repository) => lastPlaces.get(repositoryKey(repository)) ?? "referrers",
  };
}

function whereFound({ all }: AttachedSignatures): SignaturePlace {
  return all.every(({ kind }) => kind === "simple-signing") ? "tag" : "referrers";
}
