import type { Digest } from "./digest.ts";
import type { ErrorReason, FailReason } from "./reasons.ts";

/** Told apart by media types only, never by a tag or an annotation. */
export type ArtifactKind = "generic" | "image" | "evalhub-results" | "evaluation-card" | "attestation";

/**
 * What the registry returned for a digest, verified byte for byte, not yet understood through a policy's eyes.
 * Annotations are the producer's claims: attacker-controlled until a signature says otherwise.
 */
export interface Artifact {
  readonly repository: string;
  readonly digest: Digest;
  readonly kind: ArtifactKind;
  readonly annotations: Readonly<Record<string, string>>;
  /** Digest of what the artifact says that it is about: its manifest's `subject`. */
  readonly subject: Digest | undefined;
  readonly content: Content;
  readonly signatures: Signatures;
  /** What became of its revocations, for the revokers of those policies. Absent where no policy names any. */
  readonly revocations?: Signatures;
}

/** What became of the artifact's signatures, for the signers of the policies that trust its repository. */
export type Signatures =
  | { readonly kind: "not-looked-for" }
  | {
      readonly kind: "checked";
      /** How many were attached, whoever made them. */
      readonly seen: number;
      readonly verified: readonly VerifiedSignature[];
      readonly problems: readonly SignatureProblem[];
      /** Why there may be more, where these are not enough. */
      readonly unseen?: Unseen;
    }
  | { readonly kind: "unavailable"; readonly reason: ErrorReason; readonly message: string };

/**
 * Signatures that may be there and were not seen. `too-many` and `invalid` are the doing of whoever attaches them, so that they
 * deny; `unavailable` is the registry's.
 */
export type Unseen =
  | { readonly kind: "too-many" | "invalid"; readonly message: string }
  | { readonly kind: "unavailable"; readonly reason: ErrorReason; readonly message: string };

/** A signature over exactly this artifact, by one of the signers. */
export interface VerifiedSignature {
  /** The `id` of the policy's entry. */
  readonly signer: string;
  /** Who it was: the key's fingerprint, or the certified identity with its issuer. One for each signer, however it is named. */
  readonly identity: string;
  /** What was signed, where it is a statement that revokes the artifact. */
  readonly revocation?: Revocation;
  /** When it was signed, where it is a statement that registers a bar. */
  readonly witness?: Witness;
}

/**
 * When a signature was there at the latest, by transparency logs and timestamp authorities that the gate trusts, and not by whoever
 * signed. RFC 3339.
 */
export type Witness =
  { readonly kind: "known"; readonly at: string } | { readonly kind: "unknown"; readonly message: string };

/** Why and when evidence was revoked, as the statement says it. Undefined where it does not. */
export interface Revocation {
  readonly reason: string | undefined;
  /** RFC 3339. */
  readonly revokedAt: string | undefined;
}

/** Why a signature is none of a signer's. `invalid`: it claims to be, or may be, and does not hold. */
export interface SignatureProblem {
  readonly signer: string;
  readonly kind: "invalid" | "other-signer";
  readonly message: string;
}

/** The results inside an artifact, which are read only when a requirement needs them. */
export type Content =
  | { readonly kind: "not-read" }
  /** `files`: the names of what is there and holds no results, where there are names. Attacker-controlled, for messages only. */
  | { readonly kind: "none"; readonly files?: readonly string[] }
  | {
      readonly kind: "read";
      readonly benchmarks: readonly Benchmark[];
      /** When the evaluation ended, RFC 3339, as the content states it. */
      readonly completedAt: string | undefined;
      /** What the content says of the evaluation: it counts where no annotation says it. */
      readonly stated?: StatedFields;
      /** The tools that wrote the results, each once, where they are the tools' own files. */
      readonly evaluators?: readonly Evaluator[];
      /** The id of the evaluation job, where the content states one. */
      readonly job?: string | undefined;
      /** Where the content is a signed statement. */
      readonly attestation?: Attestation;
      /** What was there and is not a result, and why, in words: for people. The first of them, where there are many. */
      readonly passedOver?: readonly string[];
      /** Files that may hold more results and cannot be read, each with why, in words: the first of them. Absent where there are none. */
      readonly unread?: readonly string[];
    }
  | { readonly kind: "refused"; readonly reason: FailReason; readonly message: string }
  | { readonly kind: "unavailable"; readonly reason: ErrorReason; readonly message: string };

/** What an artifact's content says of its evaluation. */
export interface StatedFields {
  readonly modelName: string | undefined;
  readonly collectionId: string | undefined;
  /** The names that an annotation may give the model without contradicting the files inside; absent where none names it. */
  readonly modelNames?: readonly string[] | undefined;
  /** True where a file inside says no time: then `completedAt` is about the others alone. */
  readonly isUntimed?: boolean;
}

/**
 * What an in-toto statement says. Whoever may push can write one: it counts by the signature on its own envelope, and by
 * nothing that stands beside the envelope in the manifest.
 */
export interface Attestation {
  /** JSON that holds the statement, by `form`: what the signature is verified on. */
  readonly bundle: string;
  /** A Sigstore bundle, or a DSSE envelope that stands alone. */
  readonly form: "bundle" | "envelope";
  /** The sha256 digests that it is about. */
  readonly subjects: readonly Digest[];
  /** Undefined where it has no verdict over all of it: a list of properties that hold, which is silent about all others. */
  readonly passed: boolean | undefined;
  /** Who verified, in a summary: accepted only from signers who may speak for them. */
  readonly verifier: string | undefined;
  /** Where it registers a bar before a run: then it is no evaluation, and says nothing of results. */
  readonly registration?: Registration;
}

/** A bar that somebody fixed: what a metric is to be held to. It says nothing of when, which takes a {@link Witness}. */
export interface Registration {
  /** By which results name it: sha256 of the manifest that was fixed. */
  readonly manifest: Digest;
  readonly metric: string;
  /** `==` as well, which no result states. */
  readonly comparator: StatedBound["comparator"] | "==";
  /** Finite. */
  readonly threshold: number;
  /** Of the data that it is to be measured on. */
  readonly dataset: Digest | undefined;
}

/** The registration that a result says that it was run under. The time is its author's own. */
export interface NamedRegistration {
  readonly manifest: Digest;
  /** RFC 3339. */
  readonly evaluatedAt: string;
  /** Of the data that it was measured on, where the result names it by digest. */
  readonly dataset: Digest | undefined;
}

/** One benchmark's result. Only finite numbers are metrics; `passed` is undefined where the content gives no verdict. */
export interface Benchmark {
  readonly provider: string | undefined;
  readonly id: string;
  readonly metrics: ReadonlyMap<string, number>;
  readonly passed: boolean | undefined;
  /** What is said of metrics without their values. Absent where nothing is. */
  readonly bounds?: readonly StatedBound[];
  /** The benchmark's own version, as its evaluator writes it. */
  readonly version?: string | undefined;
  /** The tool that ran it, where the content is the tool's own file. */
  readonly evaluator?: Evaluator;
  /** How many samples its numbers are over: where metrics differ, the fewest. Absent where the content does not say it. */
  readonly samples?: Samples | undefined;
  /** What its numbers leave out; empty where the content shows that it is nothing. Absent where it does not show it. */
  readonly gaps?: readonly Gap[] | undefined;
  /** Absent where the content names none. */
  readonly preRegistration?: NamedRegistration | undefined;
  /** What became of the artifact with the results, in a card, which only names it. Absent where the results are these. */
  readonly resultsArtifact?: ResultsArtifact;
}

/** That a metric met a threshold, or did not. It tells no value: only what follows from it is proved. */
export interface StatedBound {
  readonly metric: string;
  readonly comparator: ">=" | ">" | "<=" | "<";
  /** A decimal as {@link import("./decimal.ts").parseDecimal} reads it. */
  readonly threshold: string;
  readonly passed: boolean;
}

/** A tool that runs evaluations, as it calls itself, such as `lm_evaluation_harness` `0.4.13`. */
export interface Evaluator {
  readonly name: string;
  readonly version: string | undefined;
}

/** Whole numbers from 0. */
export interface Samples {
  /** Those that the metrics are over. */
  readonly scored: number;
  /** All that the benchmark has; undefined where the content does not say it. */
  readonly total: number | undefined;
}

/** Why a benchmark's numbers are not over all of it. */
export interface Gap {
  /**
   * `limited`: by whoever ran it. `unscored`: answered, and not counted. `invalidated`: declared void afterwards. `unread`: a
   * file beside it may tell of it, too, and cannot be read.
   */
  readonly kind: "limited" | "failed" | "unscored" | "skipped" | "invalidated" | "unread";
  /** For people: goes on after the benchmark's name and a colon, such as `limited to 10 of 14042 samples`. */
  readonly message: string;
}

/** The one number of a benchmark that a card compares with its threshold; of which metric it is, where the card says it. */
export interface PrimaryScore {
  readonly value: number;
  readonly metric: string | undefined;
}

/** `named`: nobody asked for it, so it was not looked for. `digest` is the one that the card names, where it names one. */
export type ResultsArtifact =
  | { readonly kind: "none" }
  | {
      readonly kind: "named";
      readonly reference: string | undefined;
      readonly digest: string | undefined;
      /** What the row's verdict rests on, where it says so. */
      readonly score?: PrimaryScore | undefined;
    }
  | { readonly kind: "agrees"; readonly digest?: string | undefined }
  | {
      readonly kind: "disagrees";
      readonly reason: FailReason;
      readonly message: string;
      readonly digest?: string | undefined;
    }
  | {
      readonly kind: "unavailable";
      readonly reason: ErrorReason;
      readonly message: string;
      readonly digest?: string | undefined;
    };
