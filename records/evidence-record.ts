import type * as z from "zod";
import type { Artifact, Benchmark, Content } from "../policies/artifact.ts";
import type { EvidenceRecord as Looked } from "../policies/decision.ts";
import type { Evidence } from "../policies/evidence.ts";
import { hasRun } from "../policies/checks/benchmarks.ts";
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
  const known = ofKeys.get(artifact) ?? Object.freeze(describeArtifact(artifact, keys));
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
    benchmarks: describeBenchmarks(benchmarks, keys),
    completedAt,
    stated,
    evaluators,
    unread,
    attestation: attestation && {
      subjects: attestation.subjects,
      passed: attestation.passed,
      verifier: attestation.verifier,
      ...(attestation.registration && { registration: attestation.registration }),
    },
  };
}

/** Those that somebody asks for, and the names of the others where one is missing: the denial says what is there. */
function describeBenchmarks(benchmarks: readonly Benchmark[], keys: EvidenceKeys) {
  const { rules, allBenchmarks } = keys;
  const isMissing = rules.some((rule) => !hasRun(rule, benchmarks));
  return benchmarks.flatMap((one) => {
    const asking = rules.filter((rule) => hasRun(rule, [one]));
    if (asking.length === 0 && !allBenchmarks) return isMissing ? [{ ...one, metrics: {} }] : [];
    return [{ ...one, metrics: Object.fromEntries(selectMetrics(one, asking, keys)) }];
  });
}

/** Those that somebody asks for; all where one is missing, for the same reason. */
function selectMetrics(
  { metrics }: Benchmark,
  asking: readonly BenchmarkRule[],
  { allBenchmarks }: EvidenceKeys,
): readonly (readonly [string, number])[] {
  const names = new Set(asking.flatMap(({ metric }) => metric?.name ?? []));
  const isWhole = allBenchmarks || [...names].some((name) => !metrics.has(name));
  return [...metrics].filter(([name]) => isWhole || names.has(name));
}
