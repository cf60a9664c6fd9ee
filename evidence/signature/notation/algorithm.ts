import type { KeyObject } from "node:crypto";
import { errors, flattenedVerify, type FlattenedJWSInput } from "jose";
import { type RejectionCode, SignatureRejection } from "../rejection.ts";

const byModulus = new Map([
  [2048, "PS256"],
  [3072, "PS384"],
  [4096, "PS512"],
]);
const byCurve = new Map([
  ["prime256v1", "ES256"],
  ["secp384r1", "ES384"],
  ["secp521r1", "ES512"],
]);
const allowed: ReadonlySet<string> = new Set([...byModulus.values(), ...byCurve.values()]);

/** The headers that may be critical, and are understood. All must be protected. */
export const supportedHeaders = {
  "io.cncf.notary.signingScheme": true,
  "io.cncf.notary.authenticSigningTime": true,
  "io.cncf.notary.expiry": true,
} as const;

/**
 * Verifies a JWS with the one algorithm that the specification ties to the key; the protected header must name the same
 * one. `algorithm` is what it names. Throws SignatureRejection, also for a critical header that is not understood.
 *
 * https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#algorithm-selection
 */
export async function verifyJws(jws: FlattenedJWSInput, algorithm: string, key: KeyObject): Promise<void> {
  if (!allowed.has(algorithm)) {
    throw new SignatureRejection("ALGORITHM_NOT_ALLOWED", `the algorithm ${JSON.stringify(algorithm)} is not allowed`);
  }
  const expected = findAlgorithm(key);
  if (expected === undefined)
    throw new SignatureRejection("ALGORITHM_KEY_MISMATCH", "the key is of a kind that is not allowed");
  try {
    await flattenedVerify(jws, key, { algorithms: [expected], crit: supportedHeaders });
  } catch (cause) {
    if (!(cause instanceof errors.JOSEError)) throw cause;
    throw toRejection(cause, `the key is for ${expected}, not ${algorithm}`);
  }
}

function findAlgorithm({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  if (asymmetricKeyType === "rsa") return byModulus.get(asymmetricKeyDetails?.modulusLength ?? 0);
  return asymmetricKeyType === "ec" ? byCurve.get(asymmetricKeyDetails?.namedCurve ?? "") : undefined;
}

const codes: Readonly<Record<string, readonly [code: RejectionCode, message: string]>> = {
  [errors.JWSSignatureVerificationFailed.code]: [
    "SIGNATURE_INVALID",
    "the signature is not by the key of its certificate",
  ],
  [errors.JOSENotSupported.code]: ["CRITICAL_UNKNOWN", "crit asks for something unknown"],
};

function toRejection(cause: errors.JOSEError, mismatch: string): SignatureRejection {
  if (cause.code === errors.JOSEAlgNotAllowed.code)
    return new SignatureRejection("ALGORITHM_KEY_MISMATCH", mismatch, { cause });
  const [code, message] = codes[cause.code] ?? [
    "HEADER_INVALID",
    `the signature is not as specified: ${cause.message}`,
  ];
  return new SignatureRejection(code, message, { cause });
}
