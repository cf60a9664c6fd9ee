import type { Digest } from "./digest.ts";
import type { ErrorReason, FailReason } from "./reasons.ts";

/** Told apart by media types only, never by a tag or an annotation. */
export type ArtifactKind = "generic" | "evalhub-results" | "evaluation-card";

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
}

/** The results inside an artifact, which are read only when a requirement needs them. */
export type Content =
  | { readonly kind: "not-read" }
  | { readonly kind: "none" }
  | {
      readonly kind: "read";
      readonly benchmarks: readonly Benchmark[];
      /** When the evaluation ended, RFC 3339, as the content states it. */
      readonly completedAt: string | undefined;
    }
  | { readonly kind: "refused"; readonly reason: FailReason; readonly message: string }
  | { readonly kind: "unavailable"; readonly reason: ErrorReason; readonly message: string };

/** One benchmark's result. Only finite numbers are metrics; `passed` is undefined where the content gives no verdict. */
export interface Benchmark {
  readonly provider: string | undefined;
  readonly id: string;
  readonly metrics: ReadonlyMap<string, number>;
  readonly passed: boolean | undefined;
}
