import * as z from "zod";
import { parseDigest } from "../../../policies/digest.ts";
import { limits } from "../../../registry/limits.ts";
import { AttestationError } from "./problem.ts";
import { parseShape } from "./read-json.ts";
import type { Predicate } from "./statement-content.ts";

/** Of a bar that is registered before a run, in PRML v0.1. Later versions are not read by this one's rules. */
export const registrationType = "https://falsify.dev/prml/v0.1";

const text = z.string().min(1).max(limits.nameCharacters);

const registration = z.object({
  claim_id: text,
  /** The claimant's own clock, which proves nothing. */
  created_at: text,
  metric: text,
  comparator: z.enum([">=", ">", "<=", "<", "=="]),
  threshold: z.number(),
  producer: z.object({ id: text }),
  prml_version: z.literal("prml/0.1"),
  manifest_sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be 64 lower-case hexadecimal digits"),
});

/**
 * What a registration fixes: one bar of one metric, known by the hash of the manifest that says it. The statement's first subject is the
 * manifest, its second the data. It has no results, no verdict, and no time that counts. https://github.com/in-toto/attestation/pull/587
 */
export function readRegistration(
  predicate: unknown,
  subjects: readonly { readonly digest: Readonly<Record<string, string>> }[],
): Predicate {
  const facts = parseShape(predicate, registration, malformed);
  const [manifest, dataset] = subjects.map(({ digest }) => parseDigest(`sha256:${digest["sha256"]}`));
  if (manifest === undefined || manifest !== `sha256:${facts.manifest_sha256}`)
    throw new AttestationError(malformed, "its first subject is not the manifest that its predicate names");
  const { metric, comparator, threshold } = facts;
  return {
    passed: undefined,
    verdicts: [],
    verifier: undefined,
    verifiedAt: undefined,
    registration: { manifest, metric, comparator, threshold, dataset },
  };
}

const malformed = "PREDICATE_MALFORMED";
