import { LRUCache } from "lru-cache";
import type { Artifact, Attestation, Signatures, SignatureProblem } from "../../policies/artifact.ts";
import type { Digest } from "../../policies/digest.ts";
import type { RequiredSigners } from "../../policies/policy.ts";
import type { Signer } from "../../policies/language/signer.ts";
import { deepFreeze } from "../../runtime/deep-freeze.ts";
import { EvidenceError } from "../../registry/errors.ts";
import { inTime } from "../../registry/in-time.ts";
import { fetchPlaces, registryOf } from "../registry-of.ts";
import type { PlacesOptions } from "../../runtime/places.ts";
import { createSingleFlight } from "../../runtime/single-flight.ts";
import { createTurns, type TakeTurn } from "../../runtime/turns.ts";
import type { Source } from "../../registry/source.ts";
import { type Candidate, type Candidates, findCandidates, noBytes, type Wanted } from "./find-attached.ts";
import type { SimpleSigning } from "./cosign/simple-signing.ts";
import type { Trust } from "./trust.ts";
import { isEnoughFor, signersIn, type Verdict, verifyAll } from "./verify-all.ts";
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
  /** Waited for between two verifications. */
  readonly turn: TakeTurn;
}

const defaults: Omit<SignatureStoreOptions, "turn"> = {
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
  const { turn = createTurns() } = options;
  const cache = new LRUCache<string, Remembered>({
    max: maxEntries,
    maxSize: maxBytes,
    sizeCalculation: ({ candidates: { all, manifest } }) =>
      all.reduce((sum, one) => sum + sizeOf(one), manifest.byteLength + 256),
    perf: clock,
    ttlResolution: 0,
  });
  const share = createSingleFlight<Candidates>({ places, timeoutMs: fetchTimeoutMs });
  const judged = new WeakMap<Candidates, WeakMap<Trust, Map<string, Signatures>>>();
  const verdicts = new WeakMap<Candidate, WeakMap<Trust, Map<string, Verdict>>>();
  const envelopes = new WeakMap<Artifact, Candidates>();

  /** Undefined where it takes more steps than may be done at once. */
  const judgeAtOnce = (candidates: Candidates, digest: Digest, required: readonly RequiredSigners[]) => {
    const { known, steps } = judging(candidates, digest, required);
    return known ?? (mostPairs(candidates, required) <= pairsAtOnce ? finish({ known, steps }) : undefined);
  };

  /** In steps, with others' work between them. */
  const judge = async (candidates: Candidates, digest: Digest, required: readonly RequiredSigners[]) => {
    const { known, steps } = judging(candidates, digest, required);
    if (known !== undefined) return known;
    const running = steps();
    for (;;) {
      const step = running.next();
      if (step.done === true) return step.value;
      await turn();
    }
  };

  const judging = (candidates: Candidates, digest: Digest, required: readonly RequiredSigners[]): Judging => {
    const inForce = trust();
    const now = timeOf();
    const period = periodOf(required, now);
    const known = within(judged, candidates, inForce);
    const key = [keyOfRequired(required), period].join("\n");
    return { known: known.get(key), steps };

    function* steps(): Generator<void, Signatures, void> {
      const signatures = deepFreeze(yield* verifyAll(candidates, required, inForce, verify));
      known.set(key, signatures);
      return signatures;
    }

    /** Once for each, however often more candidates are found beside it. */
    function verify(candidate: Candidate, signer: Signer): Verdict {
      const before = within(verdicts, candidate, inForce);
      const pair = `${signer.id}\n${period}`;
      const target = { digest, manifest: candidates.manifest };
      const verdict = before.get(pair) ?? verifySignature(candidate, target, signer, inForce, now);
      before.set(pair, verdict);
      return verdict;
    }
  };

  const recall = (repository: string, digest: Digest, required: readonly RequiredSigners[]): Remembered | undefined => {
    const key = keyOf(source, repository, digest);
    return cache.get(key) ?? cache.get(key + keyOfRequired(required));
  };

  /** Whether it is worth looking again: one that is missing may have been made since. */
  const isStale = (signatures: Signatures, { foundMs }: Remembered, required: readonly RequiredSigners[]): boolean =>
    !suffices(signatures, required) && !(clock.now() - foundMs < absentTtlMs && isLasting(signatures));

  return {
    peek(repository, digest, required) {
      const known = recall(repository, digest, required);
      const signatures = known && judgeAtOnce(known.candidates, digest, required);
      return known && signatures && !isStale(signatures, known, required) ? signatures : undefined;
    },
    async lookUp(repository, digest, required, signal) {
      const key = keyOf(source, repository, digest);
      const own = key + keyOfRequired(required);
      const wanted: Wanted = {
        signers: signersIn(required),
        isEnough: async (some) => suffices(await judge(some, digest, required), required),
      };
      const look = (): Promise<Candidates> =>
        share({
          key: own,
          owner: registryOf(source, repository),
          asked: signal,
          async run(inFlight) {
            const candidates = await findCandidates(source, repository, digest, wanted, inFlight);
            cache.set(candidates.complete ? key : own, { candidates, foundMs: clock.now() }, { ttl: positiveTtlMs });
            return candidates;
          },
        });
      const known = recall(repository, digest, required);
      const answer = async (): Promise<Signatures> => {
        const remembered = known && (await judge(known.candidates, digest, required));
        if (known && remembered && !isStale(remembered, known, required)) return remembered;
        return judge(await look(), digest, required);
      };
      try {
        return await inTime(answer(), signal);
      } catch (error) {
        if (error instanceof EvidenceError) return withoutCandidates(error, signersIn(required));
        throw error;
      }
    },
    ofAttestation(artifact, { bundle }, required) {
      const candidates = envelopes.get(artifact) ?? {
        all: [{ kind: "attestation", bytes: Buffer.from(bundle) }],
        manifest: noBytes,
        complete: true,
        unseen: [],
      };
      envelopes.set(artifact, candidates);
      return finish(judging(candidates, artifact.digest, required));
    },
  };
}

interface Judging {
  /** What came of it before. */
  readonly known: Signatures | undefined;
  steps(): Generator<void, Signatures, void>;
}

/** A step takes some milliseconds at worst, with a certificate and a log entry to check. */
const pairsAtOnce = 4;

function mostPairs({ all }: Candidates, required: readonly RequiredSigners[]): number {
  return all.length * signersIn(required).length;
}

function finish({ known, steps }: Judging): Signatures {
  if (known !== undefined) return known;
  const running = steps();
  for (;;) {
    const step = running.next();
    if (step.done === true) return step.value;
  }
}

/** What is remembered of the two, made where it is not there. */
function within<K extends object, V>(
  memory: WeakMap<K, WeakMap<Trust, Map<string, V>>>,
  key: K,
  trust: Trust,
): Map<string, V> {
  const byTrust = memory.get(key) ?? new WeakMap<Trust, Map<string, V>>();
  const known = byTrust.get(trust) ?? new Map<string, V>();
  memory.set(key, byTrust.set(trust, known));
  return known;
}

/** Who is asked for, and how many of them: the same for policies that ask the same. */
function keyOfRequired(required: readonly RequiredSigners[]): string {
  return required.map(({ any, threshold }) => `${any.map(({ id }) => id).join("\n")}\n${threshold}`).join("\n");
}

/** That it could not be looked is not remembered. */
function isLasting(signatures: Signatures): boolean {
  return signatures.kind === "checked" && signatures.unseen?.kind !== "unavailable";
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
function periodOf(required: readonly RequiredSigners[], now: Date): string {
  return required.some(({ any }) => any.some(({ kind }) => kind === "notation"))
    ? String(Math.floor(now.getTime() / 60_000))
    : "";
}

function suffices(signatures: Signatures, required: readonly RequiredSigners[]): boolean {
  return signatures.kind === "checked" && isEnoughFor(required, signatures.verified);
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
