import { LRUCache } from "lru-cache";
import type { Artifact, Attestation, Signatures, SignatureProblem } from "../../policies/artifact.ts";
import type { Digest } from "../../policies/digest.ts";
import type { RequiredSigners } from "../../policies/policy.ts";
import type { Signer } from "../../policies/language/signer.ts";
import { type UnusableEvidence, explainUnusable } from "../errors.ts";
import { inTime } from "../../registry/in-time.ts";
import { fetchPlaces, getRegistry } from "../registry-of.ts";
import type { PlacesOptions } from "../../runtime/places.ts";
import { createSingleFlight } from "../../runtime/single-flight.ts";
import { createTurns, type TakeTurn } from "../../runtime/turns.ts";
import type { Source } from "../../registry/source.ts";
import { type AttachedSignature, type AttachedSignatures, noBytes } from "./attached-signature.ts";
import { findAttachedSignatures, type SignaturePlace, type SignatureSearch } from "./find-attached.ts";
import { measureAttached } from "./size-of-attached.ts";
import type { Trust } from "./trust.ts";
import { createVerification, toRequiredKey, type Verification } from "./verification.ts";
import type { VerificationTerms } from "./verification-memory.ts";
import { isEnoughFor, listSigners } from "./verify-all.ts";

/** Signatures of artifacts, found and verified, remembered. */
export interface SignatureCache {
  /** What is remembered, at once; undefined where somebody has to look. */
  peek(repository: string, digest: Digest, required: readonly RequiredSigners[]): Signatures | undefined;
  /** Looks, together with everybody who looks for the same. Never throws EvidenceError or RegistryError. */
  lookUp(
    repository: string,
    digest: Digest,
    required: readonly RequiredSigners[],
    signal: AbortSignal,
  ): Promise<Signatures>;
  /** Of a statement, which carries its signature in itself: at once, without looking anywhere. */
  ofAttestation(artifact: Artifact, attestation: Attestation, required: readonly RequiredSigners[]): Signatures;
}

/** What is kept, and for how long. Milliseconds. */
export interface SignatureCacheOptions {
  /** How long signatures are remembered that were enough. */
  readonly positiveTtlMs: number;
  /** How long they are where they are not enough: one that is missing is often made right after a denial. */
  readonly absentTtlMs: number;
  readonly maxEntries: number;
  readonly fetchTimeoutMs: number;
  readonly places: PlacesOptions;
  /** Whose signatures are looked for. Default `artifact`. */
  readonly of: NonNullable<SignatureSearch["of"]>;
  /** By which certificates are valid, or not. */
  now(): Date;
  /** Waited for between two verifications. */
  readonly turn: TakeTurn;
}

const defaults: Omit<SignatureCacheOptions, "turn"> = {
  positiveTtlMs: 600_000,
  absentTtlMs: 5_000,
  maxEntries: 2_000,
  fetchTimeoutMs: 8_000,
  places: fetchPlaces,
  of: "artifact",
  now: () => new Date(),
};

/** A signature and its manifest are far smaller; an attacker's are not. */
const maxBytes = 64 * 1024 * 1024;

/** Whose place of signatures is remembered: those of another are looked for in two places again. */
const maxRepositories = 1_000;

/** `trust` is asked each time: what was verified under one trust counts under no other. */
export function createSignatureCache(
  source: Source,
  trust: () => Trust,
  options: Partial<SignatureCacheOptions> = {},
  clock: { now(): number } = performance,
): SignatureCache {
  const settings = { ...defaults, ...options };
  const { positiveTtlMs, absentTtlMs, maxEntries, fetchTimeoutMs, places, of, now: timeOf } = settings;
  const { turn = createTurns() } = options;
  const cache = new LRUCache<string, Remembered>({
    max: maxEntries,
    maxSize: maxBytes,
    sizeCalculation: ({ verification: { attached } }) => measureAttached(attached),
    ttl: positiveTtlMs,
    perf: clock,
    ttlResolution: 0,
  });
  /** Where signatures were found last, by repository: where to look first the next time. */
  const lastPlaces = new LRUCache<string, SignaturePlace>({ max: maxRepositories });
  const share = createSingleFlight<Remembered>({ places, timeoutMs: fetchTimeoutMs });
  const termsFor = (required: readonly RequiredSigners[]): VerificationTerms => ({
    required,
    trust: trust(),
    now: timeOf(),
  });

  const recall = (repository: string, digest: Digest, required: readonly RequiredSigners[]): Remembered | undefined =>
    cache.get(keyOf(source, repository, digest, required)) ?? cache.get(keyOf(source, repository, digest));

  /** Whether it is worth looking again: one that is missing may have been made since. */
  const isStale = (signatures: Signatures, { foundMs }: Remembered, required: readonly RequiredSigners[]): boolean =>
    !suffices(signatures, required) && !(clock.now() - foundMs < absentTtlMs && isLasting(signatures));

  /** What was not read to the end, because it was enough for some, is remembered for those alone. */
  const find = async (
    repository: string,
    digest: Digest,
    required: readonly RequiredSigners[],
    signal: AbortSignal,
  ): Promise<Remembered> => {
    let verification: Verification | undefined;
    const repositoryKey = JSON.stringify([source.scope(repository), repository]);
    const search: SignatureSearch = {
      of,
      signers: listSigners(required),
      first: lastPlaces.get(repositoryKey) ?? "referrers",
      async isEnough(some) {
        verification = verification?.extend(some) ?? createVerification(some, digest);
        return suffices(await verification.getInTurns(termsFor(required), turn), required);
      },
    };
    const attached = await findAttachedSignatures(source, repository, digest, search, signal);
    if (verification?.attached !== attached)
      verification = verification?.extend(attached) ?? createVerification(attached, digest);
    if (attached.all.length > 0) lastPlaces.set(repositoryKey, placeOf(attached));
    const found: Remembered = { verification, foundMs: clock.now() };
    if (attached.complete) cache.delete(keyOf(source, repository, digest, required));
    cache.set(keyOf(source, repository, digest, attached.complete ? undefined : required), found);
    return found;
  };

  const look = (repository: string, digest: Digest, required: readonly RequiredSigners[], asked: AbortSignal) =>
    share({
      key: keyOf(source, repository, digest, required),
      owner: getRegistry(source, repository),
      asked,
      run: (inFlight) => find(repository, digest, required, inFlight),
    });

  const answer = async (
    repository: string,
    digest: Digest,
    required: readonly RequiredSigners[],
    signal: AbortSignal,
  ): Promise<Signatures> => {
    const known = recall(repository, digest, required);
    const remembered = await known?.verification.getInTurns(termsFor(required), turn);
    if (known && remembered && !isStale(remembered, known, required)) return remembered;
    const { verification } = await look(repository, digest, required, signal);
    return verification.getInTurns(termsFor(required), turn);
  };

  return {
    peek(repository, digest, required) {
      const known = recall(repository, digest, required);
      const signatures = known?.verification.getAtOnce(termsFor(required));
      return known && signatures && !isStale(signatures, known, required) ? signatures : undefined;
    },
    async lookUp(repository, digest, required, signal) {
      try {
        return await inTime(answer(repository, digest, required, signal), signal);
      } catch (error) {
        const missing = explainUnusable(error);
        if (missing === undefined) throw error;
        return withoutSignatures(missing, listSigners(required));
      }
    },
    ofAttestation({ digest }, { bundle, form }, required) {
      const key = keyOfAttestation(digest);
      const known = cache.get(key) ?? {
        verification: createVerification(
          { all: [toAttached(bundle, form)], manifest: noBytes, complete: true, unseen: [] },
          digest,
        ),
        foundMs: clock.now(),
      };
      if (!cache.has(key)) cache.set(key, known);
      const signatures = known.verification.getAtOnce(termsFor(required), Infinity);
      if (signatures === undefined) throw new TypeError("a statement is verified at once");
      return signatures;
    },
  };
}

/** What is remembered of one artifact: the signatures that were found, with what came of verifying them. */
interface Remembered {
  readonly verification: Verification;
  readonly foundMs: number;
}

/** Of what was read to the end; or of what was enough for some, where it says for whom. */
function keyOf(source: Source, repository: string, digest: Digest, required?: readonly RequiredSigners[]): string {
  const place = JSON.stringify([source.scope(repository), repository, digest]);
  return required === undefined ? place : place + toRequiredKey(required);
}

function toAttached(text: string, form: Attestation["form"]): AttachedSignature {
  return { kind: form === "bundle" ? "attestation" : "envelope", bytes: Buffer.from(text) };
}

/** A statement is what its digest says, wherever it lies. */
function keyOfAttestation(digest: Digest): string {
  return JSON.stringify(["attestation", digest]);
}

function placeOf({ all }: AttachedSignatures): SignaturePlace {
  return all.every(({ kind }) => kind === "simple-signing") ? "tag" : "referrers";
}

/** That it could not be looked is not remembered. */
function isLasting(signatures: Signatures): boolean {
  return signatures.kind === "checked" && signatures.unseen?.kind !== "unavailable";
}

function suffices(signatures: Signatures, required: readonly RequiredSigners[]): boolean {
  return signatures.kind === "checked" && isEnoughFor(required, signatures.verified);
}

/** Why there is nothing to verify. An artifact that is not there has no signatures either. */
function withoutSignatures(missing: UnusableEvidence, signers: readonly Signer[]): Signatures {
  switch (missing.kind) {
    case "absent":
      return { kind: "checked", seen: 0, verified: [], problems: [] };
    case "refused": {
      const { message } = missing;
      const problems = signers.map(({ id }): SignatureProblem => ({ signer: id, kind: "invalid", message }));
      return { kind: "checked", seen: 1, verified: [], problems };
    }
    case "unavailable":
      return missing;
  }
}
