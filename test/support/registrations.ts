import type { Content, Registration } from "../../policies/artifact.ts";
import type { Json } from "./artifacts.ts";
import { digest } from "./builders/evidence.ts";

const registrationType = "https://falsify.dev/prml/v0.1";

/** By which results name {@link registrationOf}. */
export const manifest = digest(90);

const hex = manifest.replace("sha256:", "");

/** The statement that falsify prints of a manifest, in everything but what is given: of its predicate, and of itself. */
export function registrationOf(predicate: Json = {}, statement: Json = {}): Json {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [
      { name: "01999999-9999-7999-8999-999999999999", digest: { sha256: hex } },
      { name: "larch-qa-dev", digest: { sha256: digest(91).replace("sha256:", "") } },
    ],
    predicateType: registrationType,
    predicate: {
      claim_id: "01999999-9999-7999-8999-999999999999",
      created_at: "2026-11-18T08:00:00Z",
      metric: "exact_match",
      comparator: ">=",
      threshold: 0.62,
      seed: 7,
      producer: { id: "quillworks" },
      prml_version: "prml/0.1",
      manifest_sha256: hex,
      ...predicate,
    },
    ...statement,
  };
}

/** What the gate reads of the statement: that it registers the bar, in everything but what is given. */
export function registeredContent(change: Partial<Registration> = {}): Extract<Content, { kind: "read" }> {
  const bar = { manifest, metric: "exact_match", comparator: ">=", threshold: 0.62, dataset: undefined } as const;
  const statement = { bundle: "", form: "bundle", subjects: [], passed: undefined, verifier: undefined } as const;
  const attestation = { ...statement, registration: { ...bar, ...change } };
  return { kind: "read", benchmarks: [], completedAt: undefined, attestation };
}
