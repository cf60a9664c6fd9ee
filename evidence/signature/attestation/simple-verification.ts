import * as z from "zod";
import { parseListOf } from "../../stop-at-first.ts";
import { AttestationError } from "./problem.ts";
import { parseShape } from "./read-json.ts";
import type { Predicate } from "./statement-content.ts";
import { checkTime } from "./time.ts";

/** Of a Simple Verification Result. The version before it has no policies, and is not read by this one's rules. */
export const simpleVerificationType = "https://in-toto.io/attestation/svr/v0.2";

const simpleVerification = z.object({
  verifier: z.object({ id: z.string().min(1), policies: parseListOf(z.looseObject({}), { min: 1 }) }),
  timeCreated: z.string(),
  properties: parseListOf(z.string().min(1)),
});

/**
 * What a verifier found to hold of the subject. A property's name is the verifier's own, so that the verifier is its provider.
 * What did not hold is not in the list: there is no verdict over all, and a list of nothing proves nothing.
 * https://github.com/in-toto/attestation/blob/main/spec/predicates/svr.md
 */
export function readSimpleVerification(predicate: unknown): Predicate {
  const { verifier, timeCreated, properties } = parseShape(predicate, simpleVerification, "PREDICATE_MALFORMED");
  if (properties.length === 0)
    throw new AttestationError("PREDICATE_MALFORMED", "it lists no property that was verified, which proves nothing");
  return {
    passed: undefined,
    verdicts: properties.map((property) => [property, true]),
    provider: verifier.id,
    verifier: verifier.id,
    verifiedAt: checkTime(timeCreated, "timeCreated"),
  };
}
