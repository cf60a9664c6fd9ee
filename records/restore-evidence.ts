import type {
  Artifact,
  Attestation,
  Benchmark,
  Content,
  Evaluator,
  ResultsArtifact,
  Signatures,
  VerifiedSignature,
  Witness,
} from "../policies/artifact.ts";
import { toEvidenceKey, type Evidence, type EvidenceSet } from "../policies/evidence.ts";
import { RecordError } from "./record-error.ts";
import type { ReadRecord } from "./record-schema.ts";
import { readDigest, readErrorReason, readFailReason } from "./record-words.ts";

type ReadEvidence = ReadRecord["evidence"][number];
type ReadArtifact = NonNullable<ReadEvidence["artifact"]>;

/** The evidence of a record, as its policies read it. Throws a RecordError where the record does not hold it. */
export function restoreEvidence(evidence: readonly ReadEvidence[]): EvidenceSet {
  return new Map(evidence.map((one) => [toEvidenceKey(one.repository, one.digest), restoreOne(one)]));
}

function restoreOne({ repository, digest, state, reason, message = "", artifact }: ReadEvidence): Evidence {
  switch (state) {
    case "found":
      if (artifact !== undefined)
        return { kind: "found", artifact: restoreArtifact(repository, readDigest(digest), artifact) };
      throw new RecordError(`what was read of ${toEvidenceKey(repository, digest)} is not in the record`);
    case "absent":
      return { kind: "absent", message };
    case "refused":
      return { kind: "refused", reason: readFailReason(reason), message };
    case "unavailable":
      return { kind: "unavailable", reason: readErrorReason(reason), message };
  }
}

function restoreArtifact(repository: string, digest: Artifact["digest"], artifact: ReadArtifact): Artifact {
  const { kind, subject, annotations, content, signatures, revocations } = artifact;
  return {
    repository,
    digest,
    kind,
    annotations,
    subject: subject === undefined ? undefined : readDigest(subject),
    content: restoreContent(content),
    signatures: restoreSignatures(signatures),
    ...(revocations && { revocations: restoreSignatures(revocations) }),
  };
}

function restoreContent(content: ReadArtifact["content"]): Content {
  switch (content.kind) {
    case "not-read":
      return content;
    case "none":
      return content.files === undefined ? { kind: "none" } : { kind: "none", files: content.files };
    case "refused":
      return { ...content, reason: readFailReason(content.reason) };
    case "unavailable":
      return { ...content, reason: readErrorReason(content.reason) };
    case "read": {
      const { benchmarks, completedAt, stated, evaluators, unread, attestation } = content;
      return {
        kind: "read",
        benchmarks: benchmarks.map(restoreBenchmark),
        completedAt,
        ...(stated && { stated: restoreStated(stated) }),
        ...(evaluators && { evaluators: evaluators.map(restoreEvaluator) }),
        ...(unread && { unread }),
        ...(attestation && { attestation: restoreAttestation(attestation) }),
      };
    }
  }
}

type ReadContent = Extract<ReadArtifact["content"], { kind: "read" }>;

/** The envelope is not kept: who signed it is, among the signatures. */
function restoreAttestation(read: NonNullable<ReadContent["attestation"]>): Attestation {
  const { subjects, passed, verifier, registration } = read;
  const said = { bundle: "", form: "bundle" as const, subjects: subjects.map(readDigest), passed, verifier };
  if (registration === undefined) return said;
  const { metric, comparator, threshold } = registration;
  return { ...said, registration: { ...restoreManifest(registration), metric, comparator, threshold } };
}

/** What a registration, and what names one, says of it. */
function restoreManifest({ manifest, dataset }: { readonly manifest: string; readonly dataset?: string | undefined }) {
  return { manifest: readDigest(manifest), dataset: dataset === undefined ? undefined : readDigest(dataset) };
}

function restoreStated({ modelName, collectionId, modelNames, isUntimed }: NonNullable<ReadContent["stated"]>) {
  return { modelName, collectionId, modelNames, ...(isUntimed !== undefined && { isUntimed }) };
}

function restoreEvaluator({ name, version }: NonNullable<ReadContent["evaluators"]>[number]): Evaluator {
  return { name, version };
}

function restoreBenchmark(read: ReadContent["benchmarks"][number]): Benchmark {
  const { provider, id, metrics, bounds, passed, version, evaluator, samples, gaps } = read;
  const { preRegistration, resultsArtifact } = read;
  return {
    provider,
    id,
    metrics: new Map(Object.entries(metrics)),
    passed,
    version,
    gaps,
    samples: samples && { scored: samples.scored, total: samples.total },
    ...(bounds && { bounds }),
    ...(evaluator && { evaluator: restoreEvaluator(evaluator) }),
    ...(preRegistration && {
      preRegistration: { ...restoreManifest(preRegistration), evaluatedAt: preRegistration.evaluatedAt },
    }),
    ...(resultsArtifact && { resultsArtifact: restoreResultsArtifact(resultsArtifact) }),
  };
}

type ReadResults = NonNullable<ReadContent["benchmarks"][number]["resultsArtifact"]>;

function restoreResultsArtifact({ kind, reference, digest, reason, message = "" }: ReadResults): ResultsArtifact {
  switch (kind) {
    case "none":
      return { kind };
    case "agrees":
      return { kind, digest };
    case "named":
      return { kind, reference, digest };
    case "disagrees":
      return { kind, reason: readFailReason(reason), message, digest };
    case "unavailable":
      return { kind, reason: readErrorReason(reason), message, digest };
  }
}

/** What became of looking for signatures. Throws a RecordError, as {@link restoreEvidence}. */
export function restoreSignatures(signatures: ReadArtifact["signatures"]): Signatures {
  switch (signatures.kind) {
    case "not-looked-for":
      return signatures;
    case "unavailable":
      return { ...signatures, reason: readErrorReason(signatures.reason) };
    case "checked": {
      const { unseen, verified: read, ...rest } = signatures;
      const checked = { ...rest, verified: read.map(restoreVerified) };
      return unseen === undefined ? checked : { ...checked, unseen: restoreUnseen(unseen) };
    }
  }
}

type ReadVerified = Extract<ReadArtifact["signatures"], { kind: "checked" }>["verified"][number];

function restoreVerified({ signer, identity, revocation, witness }: ReadVerified): VerifiedSignature {
  return {
    signer,
    identity,
    ...(revocation && { revocation: { reason: revocation.reason, revokedAt: revocation.revokedAt } }),
    ...(witness && { witness: restoreWitness(witness) }),
  };
}

/** A time that is not in the record is not known. */
function restoreWitness({ kind, at, message = "" }: NonNullable<ReadVerified["witness"]>): Witness {
  return kind === "known" && at !== undefined ? { kind, at } : { kind: "unknown", message };
}

type ReadUnseen = NonNullable<Extract<ReadArtifact["signatures"], { kind: "checked" }>["unseen"]>;

function restoreUnseen({ kind, reason, message }: ReadUnseen) {
  return kind === "unavailable" ? { kind, reason: readErrorReason(reason), message } : { kind, message };
}
