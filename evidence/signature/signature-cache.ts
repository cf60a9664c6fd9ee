import type { Artifact, Attestation, Signatures, SignatureProblem } from "../../policies/artifact.ts";
import type { Digest } from "../../policies/digest.ts";
import type { RequiredSigners } from "../../policies/policy.ts";
import type { Signer } from "../../policies/signer.ts";
import { evaluateSignatures } from "../../policies/signers/evaluate-signatures.ts";
import { type UnusableEvidence, explainUnusable } from "../errors.ts";
import { waitInTime } from "../../registry/in-time.ts";
import { fetchPlaces, getRegistry } from "../registry-of.ts";
import type { PlacesOptions } from "../../runtime/places.ts";
import { createSingleFlight, type SingleFlight } from "../../runtime/single-flight.ts";
import { createTurns, type TakeTurn } from "../../runtime/turns.ts";
import type { Source } from "../../registry/source.ts";
import { type AttachedSignature, noBytes } from "./attached-signature.ts";
import { findAttachedSignatures, type SignatureSearch } from "./find-attached.ts";
import { createSignatureMemory, type RememberedSignatures, type SignatureMemory } from "./signature-memory.ts";
import type { Trust } from "./trust.ts";
import { createVerification, toRequiredKey, type Verification } from "./verification.ts";
import type { VerificationTerms } from "./verification-memory.ts";
import { listSigners } from "./verify-all.ts";

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

/** `trust` is asked each time: what was verified under one trust counts under no other. */
export function createSignatureCache(
  source: Source,
  trust: () => Trust,
  options: Partial<SignatureCacheOptions> = {},
  clock: { now(): number } = performance,
): SignatureCache {
  const settings = { ...defaults, ...options };
  const { positiveTtlMs, absentTtlMs, maxEntries, fetchTimeoutMs, places, of, now } = settings;
  const { turn = createTurns() } = options;
  const memory = createSignatureMemory(source, { maxEntries, ttlMs: positiveTtlMs }, clock);
  const toTerms = (required: readonly RequiredSigners[]): VerificationTerms => ({
    required,
    trust: trust(),
    now: now(),
  });
  /** Whether it is worth looking again: one that is missing may have been made since. */
  const isStale: Standing["isStale"] = (signatures, { foundMs }, required) =>
    !suffices(signatures, required) && !(clock.now() - foundMs < absentTtlMs && isLasting(signatures));
  const standing: Standing = { memory, termsFor: toTerms, turn, isStale };
  const look = createLook(source, standing, of, createSingleFlight({ places, timeoutMs: fetchTimeoutMs }));
  return {
    peek: (repository, digest, required) => peek(standing, repository, digest, required),
    lookUp: (repository, digest, required, signal) =>
      withReasons(waitInTime(answer(standing, look, { repository, digest, required, signal }), signal), required),
    ofAttestation: (artifact, attestation, required) => verifyStatement(standing, artifact, attestation, required),
  };
}

/** What is known, and by what it is judged. */
interface Standing {
  readonly memory: SignatureMemory;
  readonly turn: TakeTurn;
  termsFor(required: readonly RequiredSigners[]): VerificationTerms;
  isStale(signatures: Signatures, found: RememberedSignatures, required: readonly RequiredSigners[]): boolean;
}

interface Question {
  readonly repository: string;
  readonly digest: Digest;
  readonly required: readonly RequiredSigners[];
  readonly signal: AbortSignal;
}

type Look = (question: Question) => Promise<RememberedSignatures>;

function peek(
  { memory, termsFor, isStale }: Standing,
  repository: string,
  digest: Digest,
  required: readonly RequiredSigners[],
): Signatures | undefined {
  const known = memory.recall(repository, digest, required);
  const signatures = known?.verification.getAtOnce(termsFor(required));
  return known && signatures && !isStale(signatures, known, required) ? signatures : undefined;
}

/** From memory or, where that is not enough, from the registry. */
async function answer(standing: Standing, look: Look, question: Question): Promise<Signatures> {
  const { memory, termsFor, turn, isStale } = standing;
  const { repository, digest, required } = question;
  const known = memory.recall(repository, digest, required);
  const remembered = await known?.verification.getInTurns(termsFor(required), turn);
  if (known && remembered && !isStale(remembered, known, required)) return remembered;
  const { verification } = await look(question);
  return verification.getInTurns(termsFor(required), turn);
}

/** Looks in the registry, once for all who ask the same at the same time. */
function createLook(
  source: Source,
  standing: Standing,
  of: NonNullable<SignatureSearch["of"]>,
  share: SingleFlight<RememberedSignatures>,
): Look {
  return ({ repository, digest, required, signal }) =>
    share({
      key: JSON.stringify([source.scope(repository), repository, digest]) + toRequiredKey(required),
      owner: getRegistry(source, repository),
      asked: signal,
      run: (inFlight) => find(source, standing, of, { repository, digest, required, signal: inFlight }),
    });
}

/** Finds signatures until they are enough, verifying on the way. */
async function find(
  source: Source,
  { memory, termsFor, turn }: Standing,
  of: NonNullable<SignatureSearch["of"]>,
  { repository, digest, required, signal }: Question,
): Promise<RememberedSignatures> {
  let verification: Verification | undefined;
  const search: SignatureSearch = {
    of,
    signers: listSigners(required),
    first: memory.getPlace(repository),
    async isEnough(some) {
      verification = verification?.extend(some) ?? createVerification(some, digest);
      return suffices(await verification.getInTurns(termsFor(required), turn), required);
    },
  };
  const attached = await findAttachedSignatures(source, repository, digest, search, signal);
  if (verification?.attached !== attached)
    verification = verification?.extend(attached) ?? createVerification(attached, digest);
  return memory.keep(repository, digest, required, verification);
}

/** A statement carries its signature in itself. */
function verifyStatement(
  { memory, termsFor }: Standing,
  { digest }: Artifact,
  attestation: Attestation,
  required: readonly RequiredSigners[],
): Signatures {
  const { verification } = memory.recallStatement(digest, () => {
    const all = [toAttached(attestation)];
    return createVerification({ all, manifest: noBytes, complete: true, unseen: [] }, digest);
  });
  const signatures = verification.getAtOnce(termsFor(required), Infinity);
  if (signatures === undefined) throw new TypeError("a statement is verified at once");
  return signatures;
}

/** Why there are none, where that is known. Anything else is thrown on. */
async function withReasons(signatures: Promise<Signatures>, required: readonly RequiredSigners[]): Promise<Signatures> {
  try {
    return await signatures;
  } catch (error) {
    const missing = explainUnusable(error);
    if (missing === undefined) throw error;
    return withoutSignatures(missing, listSigners(required));
  }
}

function toAttached({ bundle, form, registration }: Attestation): AttachedSignature {
  const bytes = Buffer.from(bundle);
  if (form === "envelope") return { kind: "envelope", bytes };
  return { kind: registration === undefined ? "attestation" : "registration", bytes };
}

/** That it could not be looked is not remembered. */
function isLasting(signatures: Signatures): boolean {
  return signatures.kind === "checked" && signatures.unseen?.kind !== "unavailable";
}

function suffices(signatures: Signatures, required: readonly RequiredSigners[]): boolean {
  return (
    signatures.kind === "checked" && required.every((one) => evaluateSignatures(one, signatures).outcome === "pass")
  );
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
