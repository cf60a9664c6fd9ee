import type { Digest } from "../../policies/digest.ts";
import type { BuiltArtifact, Json } from "./artifacts.ts";
import { attached, bundleOf, statementAbout, type TestKey } from "./signatures.ts";

const revocationType = "https://assaygate.dev/revocation/v1";

/** The statement that `assaygate revoke` signs; `over` replaces fields. */
export function revocationOf(digest: string, over: Json = {}): Json {
  const predicate = { reason: "the test set was in the training data", revokedAt: "2026-11-20T12:00:00Z" };
  return statementAbout(digest, { predicateType: revocationType, predicate, ...over });
}

/** A revocation as an artifact that refers to what it revokes. */
export function revoking(key: TestKey, digest: Digest, over: Json = {}): BuiltArtifact {
  const annotations = { "dev.sigstore.bundle.predicateType": revocationType };
  return attached(bundleOf(key, revocationOf(digest, over)), digest, { annotations });
}
