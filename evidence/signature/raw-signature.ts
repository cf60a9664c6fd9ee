import { verify, type KeyObject } from "node:crypto";

/**
 * Whether the signature is the key's, over these bytes. The key decides the algorithm, never what comes with the
 * signature. On the larger curves tools differ in the hash that they take: both are sound, and no message has the same
 * in both.
 */
export function verifyRawSignature(bytes: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  return listHashes(key).some((hash) => verify(hash, bytes, key, signature));
}

function listHashes({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly (string | null)[] {
  if (asymmetricKeyType === "ed25519") return [null];
  const curve = asymmetricKeyDetails?.namedCurve;
  if (curve === "secp384r1") return ["sha384", "sha256"];
  return curve === "secp521r1" ? ["sha512", "sha256"] : ["sha256"];
}

/** The bytes that a DSSE signature is over. https://github.com/secure-systems-lab/dsse/blob/master/protocol.md */
export function encodePreAuth(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType);
  const head = `DSSEv1 ${type.length} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}
