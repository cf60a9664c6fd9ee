import type { Artifact } from "./artifact.ts";
import type { Digest } from "./digest.ts";
import type { ErrorReason, FailReason } from "./reasons.ts";

/** One entry of the annotation `assaygate.dev/evaluation`, as its author wrote it in `text`. Attacker-controlled. */
export type EvidenceReference =
  | { readonly kind: "full"; readonly text: string; readonly repository: string; readonly digest: Digest }
  | { readonly kind: "bare"; readonly text: string; readonly digest: Digest }
  | { readonly kind: "malformed"; readonly text: string; readonly problem: string };

/**
 * What became of looking for one digest in one repository. `found` is proved bytes, `absent` and `refused` are answers,
 * `unavailable` is no answer: it must never be read as one of the others.
 */
export type Evidence =
  | { readonly kind: "found"; readonly artifact: Artifact }
  | { readonly kind: "absent"; readonly message: string }
  | { readonly kind: "refused"; readonly reason: FailReason; readonly message: string }
  | { readonly kind: "unavailable"; readonly reason: ErrorReason; readonly message: string };

/** Everything collected for one decision, by {@link toEvidenceKey}. A key that is missing was not looked for. */
export type EvidenceSet = ReadonlyMap<string, Evidence>;

/** `repository@digest`: what evidence is kept and looked up by. */
export function toEvidenceKey(repository: string, digest: string): string {
  return `${repository}@${digest}`;
}
