import { createArtifactCache } from "../../evidence/artifact-cache.ts";
import type { Content } from "../../policies/artifact.ts";
import type { Digest } from "../../policies/digest.ts";
import type { Evidence } from "../../policies/evidence.ts";
import type { BuiltArtifact, Json } from "./artifacts.ts";
import { createMemorySource } from "./memory-source.ts";
import { attached, bundleOf, statementAbout, type TestKey } from "./signatures.ts";

/** An in-toto test result about a digest, passed in everything but what is given. */
export function testResult(about: Digest, predicate: Json = {}): Json {
  return statementAbout(about, {
    predicateType: "https://in-toto.io/attestation/test-result/v0.1",
    predicate: { result: "PASSED", configuration: [{ name: "safety" }], passedTests: ["toxicity"], ...predicate },
  });
}

export const verifier = "https://acme.example/verifier";

/** A SLSA verification summary about a digest, passed in everything but what is given. */
export function verificationSummary(about: Digest, predicate: Json = {}): Json {
  return statementAbout(about, {
    predicateType: "https://slsa.dev/verification_summary/v1",
    predicate: {
      verifier: { id: verifier },
      timeVerified: "2026-11-18T00:00:00Z",
      resourceUri: "oci://quay.io/acme/granite",
      policy: { uri: "https://acme.example/policy" },
      verificationResult: "PASSED",
      verifiedLevels: ["ACME_SAFETY_LEVEL_2"],
      ...predicate,
    },
  });
}

/** The artifact that `cosign attest` attaches to a digest. `manifest` overrides fields of its manifest. */
export function attestationArtifact(key: TestKey, statement: Json, to: Digest, manifest: Json = {}): BuiltArtifact {
  return attached(bundleOf(key, statement), to, manifest);
}

/** What the gate reads in an artifact. */
export async function readAttestation(artifact: BuiltArtifact): Promise<Content | Evidence> {
  const store = createArtifactCache(createMemorySource(artifact), { hit: () => undefined, miss: () => undefined });
  const evidence = await store.lookUp("quay.io/acme/evals", artifact.digest, true, AbortSignal.timeout(5_000));
  return evidence.kind === "found" ? evidence.artifact.content : evidence;
}
