import { constants, type KeyObject, verify } from "node:crypto";
import { SignatureRejection } from "../rejection.ts";

const allowed = new Set(["PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]);
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

/**
 * Verifies with the one algorithm that the specification ties to the key; the header must name the same one.
 *
 * https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md#algorithm-selection
 */
export function verifySignature(algorithm: string, key: KeyObject, input: Uint8Array, signature: Uint8Array): void {
  if (!allowed.has(algorithm)) {
    throw new SignatureRejection("ALGORITHM_NOT_ALLOWED", `the algorithm ${JSON.stringify(algorithm)} is not allowed`);
  }
  const expected = algorithmOf(key);
  if (expected !== algorithm) {
    throw new SignatureRejection(
      "ALGORITHM_KEY_MISMATCH",
      `the key is for ${expected ?? "nothing here"}, not ${algorithm}`,
    );
  }
  const options =
    key.asymmetricKeyType === "rsa"
      ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : { key, dsaEncoding: "ieee-p1363" as const };
  if (!verify(`sha${algorithm.slice(2)}`, input, options, signature)) {
    throw new SignatureRejection("SIGNATURE_INVALID", "the signature is not by the key of its certificate");
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  if (asymmetricKeyType === "rsa") return byModulus.get(asymmetricKeyDetails?.modulusLength ?? 0);
  return asymmetricKeyType === "ec" ? byCurve.get(asymmetricKeyDetails?.namedCurve ?? "") : undefined;
}
