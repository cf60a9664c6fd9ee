import type { Digest } from "../../../policies/digest.ts";
import { verifyDsse, type DsseKey } from "./dsse.ts";
import { AttestationError, type AttestationProblem } from "./problem.ts";
import { readStatement, statementPayloadType, type Attested } from "./statement.ts";

export type AttestationResult =
  | { readonly verified: true; readonly signers: readonly string[]; readonly attested: Attested }
  | { readonly verified: false; readonly problem: AttestationProblem; readonly message: string };

/**
 * What a signed in-toto attestation says of the subject. `verified` says that it is genuine and about the subject;
 * whether the subject passed stands in `attested`. Never throws for what is in the bytes.
 */
export function verifyAttestation(bytes: Uint8Array, keys: readonly DsseKey[], subject: Digest): AttestationResult {
  try {
    const { payloadType, payload, signers } = verifyDsse(bytes, keys);
    if (payloadType !== statementPayloadType) {
      throw new AttestationError("PAYLOAD_TYPE_UNKNOWN", `the payload is ${JSON.stringify(payloadType)}, no statement`);
    }
    return { verified: true, signers, attested: readStatement(payload, subject) };
  } catch (error) {
    if (!(error instanceof AttestationError)) throw error;
    return { verified: false, problem: error.problem, message: error.message };
  }
}
