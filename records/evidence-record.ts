import type * as z from "zod";
import type { Artifact, Benchmark, Content } from "../policies/artifact.ts";
import type { EvidenceRecord as Looked } from "../policies/decision.ts";
import type { Evidence } from "../policies/evidence.ts";
import type { BenchmarkRule, PolicySet } from "../policies/policy.ts";
import { isLikeField } from "../policies/unsaid.ts";
import type { artifactRecord, evidenceRecord } from "./evidence-schema.ts";
import type { Immutable } from "./record-schema.ts";

/** What was found under one reference, as a record holds it. */
export type EvidenceRecord = Immutable<z.input<typeof evidenceRecord>>;
/** What was read of one artifact, as a record holds it. */
export type ArtifactRecord = Immutable<z.input<typeof artifactRecord>>;

/** What the policies of a set read of artifacts. */
export interface EvidenceKeys {
  readonly annotations: ReadonlySet<string>;
  readonly rules: readonly BenchmarkRule[];
  /** Expressions may read all benchmarks, and are limited by how many there are. */
  readonly allBenchmarks: boolean;
}

/** What the policies of the set read of artifacts. */
export function listEvidenceKeys({ policies }: Pick<PolicySet, "policies">): EvidenceKeys {
  const requirements = policies.flatMap((policy) => policy.requirements);
  return {
    annotations: new Set(policies.flatMap(({ annotationKeys }) => Object.values(annotationKeys).flat())),
    rules: requirements.flatMap(({ benchmarks = [] }) => benchmarks),
    allBenchmarks: requirements.some(({ expressions }) => expressions !== undefined),
  };
}

/** What became of one reference, with what was read of its artifact. */
export function toEvidenceRecord(looked: Looked, evidence: Evidence | undefined, keys: EvidenceKeys): EvidenceRecord {
  switch (evidence?.kind) {
    case undefined:
      return looked;
    case "found":
      return { ...looked, artifact: toArtifactRecord(evidence.artifact, keys) };
    case "absent":
      return { ...looked, message: evidence.message };
    case "refused":
    case "unavailable":
      return { ...looked, reason: evidence.reason, message: evidence.message };
  }
}

const made = new WeakMap<EvidenceKeys, WeakMap<Artifact, ArtifactRecord>>();

/** Made once for an artifact that is remembered, and one policy set. */
export function toArtifactRecord(artifact: Artifact, keys: EvidenceKeys): ArtifactRecord {
  const ofKeys = made.get(keys) ?? new WeakMap<Artifact, ArtifactRecord>();
  const known = ofKeys.get(artifact) ?? describeArtifact(artifact, keys);
  made.set(keys, ofKeys.set(artifact, known));
  return known;
}

function describeArtifact(artifact: Artifact, keys: EvidenceKeys): ArtifactRecord {
  const { kind, subject, annotations, content, signatures, revocations } = artifact;
  // Those that look like a field, too: messages name them.
  const read = Object.entries(annotations).filter(([key]) => keys.annotations.has(key) || isLikeField(key));
  return {
    kind,
    subject,
    annotations: Object.fromEntries(read),
    content: describeContent(content, keys),
    signatures,
    revocations,
  };
}

function describeContent(content: Content, keys: EvidenceKeys): ArtifactRecord["content"] {
  if (content.kind !== "read") return content;
  const { benchmarks, completedAt, stated, evaluators, unread, attestation } = content;
  return {
    kind: "read",
    benchmarks: benchmarks.flatMap((one) => describeBenchmark(one, keys)),
    completedAt,
    stated,
    evaluators,
    unread,
    attestation: attestation && {
      subjects: attestation.subjects,
      passed: attestation.passed,
      verifier: attestation.verifier,
    },
  };
}

/** Nothing, where nobody asks for it. */
function describeBenchmark({ metrics, ...benchmark }: Benchmark, { rules, allBenchmarks }: EvidenceKeys) {
  const { id, provider } = benchmark;
  const asking = rules.filter((rule) => rule.id === id && (rule.provider === undefined || rule.provider === provider));
  if (asking.length === 0 && !allBenchmarks) return [];
  const names = new Set(asking.flatMap(({ metric }) => metric?.name ?? []));
  const kept = allBenchmarks ? [...metrics] : [...metrics].filter(([name]) => names.has(name));
  return [{ ...benchmark, metrics: Object.fromEntries(kept) }];
}
