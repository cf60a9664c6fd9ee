import { type KeyObject, verify } from "node:crypto";
import * as z from "zod";
import { AttestationError } from "./problem.ts";
import { readJson, shape } from "./read-json.ts";

export interface DsseKey {
  /** How findings call the signer. What an envelope says in `keyid` counts for nothing. */
  readonly name: string;
  readonly publicKey: KeyObject;
}

export interface DssePayload {
  readonly payloadType: string;
  readonly payload: Buffer;
  /** The names of the keys that signed, each once. Never empty. */
  readonly signers: readonly string[];
}

const signatures = 16;
const envelopeSchema = z.object({
  payloadType: z.string().min(1),
  payload: z.base64(),
  signatures: z
    .array(z.object({ sig: z.base64().min(1) }))
    .min(1)
    .max(signatures),
});

/**
 * The payload of a DSSE envelope that at least one of the keys signed. ECDSA and RSA with SHA-256, or Ed25519.
 *
 * https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
 */
export function verifyDsse(bytes: Uint8Array, keys: readonly DsseKey[]): DssePayload {
  const envelope = shape(readJson(bytes, "ENVELOPE_MALFORMED"), envelopeSchema, "ENVELOPE_MALFORMED");
  const payload = Buffer.from(envelope.payload, "base64");
  const signed = preAuthenticationEncoding(envelope.payloadType, payload);
  const signers = keys
    .filter(({ publicKey }) =>
      envelope.signatures.some(({ sig }) => isBy(publicKey, signed, Buffer.from(sig, "base64"))),
    )
    .map(({ name }) => name);
  if (signers.length === 0) throw new AttestationError("SIGNATURE_INVALID", "no trusted key signed the envelope");
  return { payloadType: envelope.payloadType, payload, signers: [...new Set(signers)] };
}

/** What is signed: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md#signature-definition */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType);
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.byteLength} `),
    type,
    Buffer.from(` ${payload.byteLength} `),
    payload,
  ]);
}

/** Secret keys are refused: a public key in the place of a secret would make forging easy. */
function isBy(key: KeyObject, signed: Buffer, signature: Buffer): boolean {
  if (key.type !== "public") throw new TypeError("a DSSE key must be a public key");
  if (key.asymmetricKeyType === "ed25519") return verify(null, signed, key, signature);
  const hashed = key.asymmetricKeyType === "ec" || key.asymmetricKeyType === "rsa";
  return hashed && verify("sha256", signed, key, signature);
}
