import type { AnnotationKeys } from "./annotation-keys.ts";
import type { Expression } from "./expression.ts";
import type { NonEmpty } from "./non-empty.ts";
import type { ImagePattern, RepositoryPattern } from "./patterns.ts";
import type { ExceptionDocument } from "./schema/exception.ts";
import type { PolicyDocument } from "./schema/policy.ts";
import type { Signer } from "./signer.ts";
import type { WorkloadSources } from "./workload-sources.ts";
import type { Workload } from "./workload.ts";

/** A policy, compiled: globs, selectors, durations and ranges are ready to use. */
export interface Policy {
  readonly name: string;
  /** sha256 of the policy's content, for decision records. */
  readonly digest: string;
  /** What it was compiled from: its name and its spec. */
  readonly document: PolicyContent;
  readonly mode: "Enforce" | "Warn" | "Audit";
  readonly onUnavailable: "Deny" | "Warn";
  readonly scope: Scope;
  readonly sources: WorkloadSources;
  readonly repositories: NonEmpty<RepositoryPattern>;
  /** Whether evaluations may be found by the model that they are about, where the workload names none. */
  readonly discover: boolean;
  /** Digests of evidence that counts for nothing. */
  readonly revoked: ReadonlySet<string>;
  /** Whose signed revocations of evidence count: one is enough. Undefined: nobody's, and none is looked for. */
  readonly revokers: RequiredSigners | undefined;
  /** Whether a newer evaluation of the same model that fails stands against an older one. */
  readonly newest: boolean;
  readonly annotationKeys: AnnotationKeys;
  readonly requirements: NonEmpty<Requirement>;
}

/** What a policy says, whatever else was written around it. */
export interface PolicyContent {
  readonly name: string;
  readonly spec: PolicyDocument["spec"];
}

/** What an exception says, whatever else was written around it. */
export interface ExceptionContent {
  readonly name: string;
  readonly spec: ExceptionDocument["spec"];
}

/** Whether a policy is about a workload. `unknown`: that depends on namespace labels that could not be looked up. */
export type ScopeAnswer = "yes" | "no" | "unknown";

/** Which workloads a policy is about. */
export interface Scope {
  covers(workload: Workload): ScopeAnswer;
  /** Keys of object labels that the answer depends on. */
  readonly objectLabels: readonly string[];
  /** Keys of namespace labels that the answer depends on. */
  readonly namespaceLabels: readonly string[];
}

/** What one single evaluation must prove. An undefined field asks for nothing. */
export interface Requirement {
  readonly name: string;
  readonly environment: AnyOf | undefined;
  readonly hardwareClass: AnyOf | undefined;
  readonly complianceTags: NonEmpty<string> | undefined;
  readonly model: {
    readonly name: "SameAsWorkload" | "Any";
    readonly version: "SameAsWorkload" | "Any";
    readonly family: NonEmpty<string> | undefined;
    readonly digest: "SameAsWorkload" | undefined;
    readonly adapters: "SameAsWorkload" | undefined;
    readonly quantization: "SameAsWorkload" | undefined;
    readonly signedBy: RequiredModelSigners | undefined;
  };
  readonly promptDigest: "SameAsWorkload" | undefined;
  readonly collection: { readonly id: string; readonly version: VersionRule | undefined } | undefined;
  readonly benchmarks: NonEmpty<BenchmarkRule> | undefined;
  readonly maxAgeMs: number | undefined;
  readonly expressions: NonEmpty<Expression> | undefined;
  readonly signers: RequiredSigners | undefined;
  /** The policy's: results that a card names are meant, too. */
  readonly revoked: Policy["revoked"];
  readonly images: NonEmpty<ImagePattern> | undefined;
}

/** Who must have signed. */
export interface RequiredSigners {
  readonly any: NonEmpty<Signer>;
  /** How many of them must have signed. */
  readonly threshold: number;
}

/** Who must have signed the model itself, and where such signatures are looked for. */
export interface RequiredModelSigners extends RequiredSigners {
  /** Those of the policy. */
  readonly repositories: NonEmpty<RepositoryPattern>;
}

/** Values of which one is enough. */
export interface AnyOf {
  readonly sameAsWorkload: boolean;
  readonly values: readonly string[];
}

/** A range of semantic versions. */
export interface VersionRule {
  readonly text: string;
  allows(version: string): boolean;
}

/** What an evaluation must say of one benchmark. */
export interface BenchmarkRule {
  readonly provider: string | undefined;
  readonly id: string;
  readonly metric:
    { readonly name: string; readonly min: number | undefined; readonly max: number | undefined } | undefined;
  readonly passed: boolean;
  /** How many samples its numbers must be over, at least. */
  readonly minSamples: number | undefined;
  /** Whether its numbers must leave nothing out. */
  readonly complete: boolean;
  /** Whether its bar must have been fixed before the run. */
  readonly preRegistered: boolean;
  /** Whether a card's row must be borne out by the artifact with its results. */
  readonly resultsArtifact: boolean;
}

/** Softens named requirements of named policies for a scope and a time. */
export interface Exception {
  readonly name: string;
  /** sha256 of the exception's content, for decision records. */
  readonly digest: string;
  /** What it was compiled from. */
  readonly document: ExceptionContent;
  readonly reason: string;
  readonly owner: string;
  readonly expiresAt: Date;
  readonly policies: ReadonlySet<string>;
  readonly requirements: ReadonlySet<string>;
  /** As written: namespace, kind and name. */
  readonly scope: { readonly namespace: string; readonly kind: string; readonly name: string };
  covers(workload: Workload): boolean;
}

/** Policies and exceptions that were loaded together: a whole set, or none of it. */
export interface PolicySet {
  readonly policies: readonly Policy[];
  readonly exceptions: readonly Exception[];
  /** sha256 over all of it: the generation of a decision. */
  readonly digest: string;
}
