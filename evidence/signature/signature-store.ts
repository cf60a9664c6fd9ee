import { LRUCache } from "lru-cache";
import type {
  Artifact,
  Attestation,
  Signatures,
  SignatureProblem,
  VerifiedSignature,
} from "../../policies/artifact.ts";
import { isEnough } from "../../policies/checks/signers.ts";
import type { Digest } from "../../policies/digest.ts";
import type { RequiredSigners } from "../../policies/policy.ts";
import type { Signer } from "../../policies/signer.ts";
import { deepFreeze } from "../../runtime/deep-freeze.ts";
import { EvidenceError } from "../../registry/errors.ts";
import { inTime } from "../../registry/in-time.ts";
import { fetchPlaces, registryOf } from "../registry-of.ts";
import type { PlacesOptions } from "../../runtime/places.ts";
import { createSingleFlight } from "../../runtime/single-flight.ts";
import type { Source } from "../../registry/source.ts";
import { findCandidates, noBytes, type Candidates } from "./candidates.ts";
import type { SimpleSigning } from "./simple-signing.ts";
import type { Trust } from "./trust.ts";
import { verifySignature } from "./verify.ts";

/** Signatures of artifacts, found and verified, remembered. */
export interface SignatureStore {
  /** What is remembered, at once; undefined where somebody has to look. */
  peek(repository: string, digest: Digest, required: readonly RequiredSigners[]): Signatures | undefined;
  /** Looks, together with everybody who looks for the same. Never throws EvidenceError. */
  lookUp(
    repository: string,
    digest: Digest,
    required: readonly RequiredSigners[],
    signal: AbortSignal,
  ): Promise<Signatures>;
  /** Of a statement, which carries its signature in itself: at once, without looking anywhere. */
  ofAttestation(artifact: Artifact, attestation: Attestation, required: readonly RequiredSigners[]): Signatures;
}

export interface SignatureStoreOptions {
  /** How long signatures are remembered that were enough. */
  readonly positiveTtlMs: number;
  /** How long they are where they are not enough: one that is missing is often made right after a denial. */
  readonly absentTtlMs: number;
  readonly maxEntries: number;
  readonly fetchTimeoutMs: number;
  readonly places: PlacesOptions;
  /** By which certificates are valid, or not. */
  now(): Date;
}

const defaults: SignatureStoreOptions = {
  positiveTtlMs: 600_000,
  absentTtlMs: 5_000,
  maxEntries: 2_000,
  fetchTimeoutMs: 8_000,
  places: fetchPlaces,
  now: () => new Date(),
};

/** A signature and its manifest are far smaller; an attacker's are not. */
const maxBytes = 64 * 1024 * 1024;

/** `trust` is asked each time: what was verified under one trust counts under no other. */
export function createSignatureStore(
  source: Source,
  trust: () => Trust,
  options: Partial<SignatureStoreOptions> = {},
  clock: { now(): number } = performance,
): SignatureStore {
  const { positiveTtlMs, absentTtlMs, maxEntries, fetchTimeoutMs, places, now: timeOf } = { ...defaults, ...options };
  const cache = new LRUCache<string, Remembered>({
    max: maxEntries,
    maxSize: maxBytes,
    sizeCalculation: ({ candidates: { all, manifest } }) =>
      all.reduce((sum, one) => sum + sizeOf(one), manifest.byteLength + 256),
    perf: clock,
    ttlResolution: 0,
  });
  const share = createSingleFlight<Candidates>({ places, timeoutMs: fetchTimeoutMs });
  const verified = new WeakMap<Candidates, WeakMap<Trust, Map<string, Signatures>>>();

  const envelopes = new WeakMap<Artifact, Candidates>();

  const judge = (candidates: Candidates, digest: Digest, required: readonly RequiredSigners[]): Signatures => {
    const inForce = trust();
    const now = timeOf();
    const byTrust = verified.get(candidates) ?? new WeakMap<Trust, Map<string, Signatures>>();
    const known = byTrust.get(inForce) ?? new Map<string, Signatures>();
    const signers = signersIn(required);
    const key = [...signers.map(({ id }) => id), periodOf(signers, now)].join("\n");
    const signatures = known.get(key) ?? deepFreeze(verifyAll(candidates, digest, signers, inForce, now));
    verified.set(candidates, byTrust.set(inForce, known.set(key, signatures)));
    return signatures;
  };

  return {
    peek(repository, digest, required) {
      const known = cache.get(keyOf(source, repository, digest));
      if (known === undefined) return undefined;
      const signatures = judge(known.candidates, digest, required);
      const isYoung = clock.now() - known.foundMs < absentTtlMs;
      return isYoung || suffices(signatures, required) ? signatures : undefined;
    },
    async lookUp(repository, digest, required, signal) {
      const key = keyOf(source, repository, digest);
      const look = (): Promise<Candidates> =>
        share({
          key,
          owner: registryOf(source, repository),
          asked: signal,
          async run(inFlight) {
            const candidates = await findCandidates(source, repository, digest, inFlight);
            cache.set(key, { candidates, foundMs: clock.now() }, { ttl: positiveTtlMs });
            return candidates;
          },
        });
      try {
        return judge(await inTime(look(), signal), digest, required);
      } catch (error) {
        if (error instanceof EvidenceError) return withoutCandidates(error, signersIn(required));
        throw error;
      }
    },
    ofAttestation(artifact, { bundle }, required) {
      const candidates = envelopes.get(artifact) ?? {
        all: [{ kind: "attestation", bytes: Buffer.from(bundle) }],
        manifest: noBytes,
      };
      envelopes.set(artifact, candidates);
      return judge(candidates, artifact.digest, required);
    },
  };
}

interface Remembered {
  readonly candidates: Candidates;
  readonly foundMs: number;
}

function keyOf(source: Source, repository: string, digest: Digest): string {
  return JSON.stringify([source.scope(repository), repository, digest]);
}

function sizeOf(candidate: Candidates["all"][number]): number {
  switch (candidate.kind) {
    case "bundle":
    case "attestation":
    case "notation":
      return candidate.bytes.byteLength + 64;
    case "simple-signing":
      return candidate.payload.byteLength + lengthOf(candidate) + 64;
    case "broken":
      return candidate.message.length + 64;
  }
}

function lengthOf({ signature, certificate = "", logEntry = "", timestamp = "" }: SimpleSigning): number {
  return signature.length + certificate.length + logEntry.length + timestamp.length;
}

/** Certificates of the Notary Project count while they are valid: what was verified by one is verified anew each minute. */
function periodOf(signers: readonly Signer[], now: Date): string {
  return signers.some(({ kind }) => kind === "notation") ? String(Math.floor(now.getTime() / 60_000)) : "";
}

/** Each that any policy names, once. */
function signersIn(required: readonly RequiredSigners[]): Signer[] {
  return [...new Map(required.flatMap(({ any }) => any).map((signer) => [signer.id, signer])).values()];
}

function suffices(signatures: Signatures, required: readonly RequiredSigners[]): boolean {
  return signatures.kind === "checked" && required.every((one) => isEnough(one, signatures.verified));
}

function verifyAll(
  { all, manifest }: Candidates,
  digest: Digest,
  signers: readonly Signer[],
  trust: Trust,
  now: Date,
): Signatures {
  const verified: VerifiedSignature[] = [];
  const problems: SignatureProblem[] = [];
  for (const candidate of all) {
    for (const signer of signers) {
      const result = verifySignature(candidate, { digest, manifest }, signer, trust, now);
      if ("identity" in result) verified.push(result);
      else problems.push(result);
    }
  }
  return { kind: "checked", seen: all.length, verified, problems };
}

/** Why there is nothing to verify. An artifact that is not there has no signatures either. */
function withoutCandidates({ evidence }: EvidenceError, signers: readonly Signer[]): Signatures {
  switch (evidence.kind) {
    case "absent":
      return { kind: "checked", seen: 0, verified: [], problems: [] };
    case "refused": {
      const { message } = evidence;
      const problems = signers.map(({ id }): SignatureProblem => ({ signer: id, kind: "invalid", message }));
      return { kind: "checked", seen: 1, verified: [], problems };
    }
    case "unavailable":
      return evidence;
  }
}
