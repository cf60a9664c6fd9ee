import { createPrivateKey, scryptSync, type KeyObject } from "node:crypto";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import * as z from "zod";
import { PublishError } from "../../registry/publish-error.ts";

/** What cosign writes: https://github.com/sigstore/cosign/blob/main/pkg/cosign/keys.go */
const encrypted = z.object({
  kdf: z.object({
    name: z.literal("scrypt"),
    params: z.object({ N: z.int().max(2 ** 20), r: z.int().max(32), p: z.int().max(32) }),
    salt: z.base64(),
  }),
  cipher: z.object({ name: z.literal("nacl/secretbox"), nonce: z.base64() }),
  ciphertext: z.base64(),
});

const cosignPem = /-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----([\s\S]+?)-----END/;

/**
 * A private key: PKCS #8 in PEM, or what `cosign generate-key-pair` wrote. `password` is for an encrypted one. Throws
 * PublishError, which quotes nothing of it, also for a key of a kind that is not signed with.
 */
export function readPrivateKey(pem: string, password: string | undefined): KeyObject {
  const key = parseKey(pem, password);
  selectHash(key);
  return key;
}

function parseKey(pem: string, password: string | undefined): KeyObject {
  const [, cosign] = cosignPem.exec(pem) ?? [];
  const isEncrypted = cosign !== undefined || pem.includes("BEGIN ENCRYPTED PRIVATE KEY");
  if (isEncrypted && password === undefined)
    throw new PublishError("the key is encrypted: put its password into COSIGN_PASSWORD");
  try {
    return cosign === undefined
      ? createPrivateKey({ key: pem, passphrase: password ?? "" })
      : decrypt(cosign, password ?? "");
  } catch (cause) {
    if (cause instanceof PublishError) throw cause;
    throw new PublishError("the key cannot be read: expected a private key in PEM, and its password if it has one", {
      cause,
    });
  }
}

function decrypt(base64: string, password: string): KeyObject {
  const { kdf, cipher, ciphertext } = parseEncrypted(base64);
  const { N, r, p } = kdf.params;
  const maxmem = 256 * N * r + 1024 * 1024;
  const key = scryptSync(password, Buffer.from(kdf.salt, "base64"), 32, { N, r, p, maxmem });
  const der = openBox(key, Buffer.from(cipher.nonce, "base64"), Buffer.from(ciphertext, "base64"));
  return createPrivateKey({ key: Buffer.from(der), format: "der", type: "pkcs8" });
}

/** NaCl's secretbox: XSalsa20 with Poly1305. */
function openBox(key: Uint8Array, nonce: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  if (nonce.length !== xsalsa20poly1305.nonceLength) throw new TypeError("the nonce has another length");
  try {
    return xsalsa20poly1305(key, nonce).decrypt(ciphertext);
  } catch (cause) {
    throw new PublishError("the key does not open with the password in COSIGN_PASSWORD", { cause });
  }
}

function parseEncrypted(base64: string): z.output<typeof encrypted> {
  try {
    return encrypted.parse(JSON.parse(Buffer.from(base64, "base64").toString("utf8")));
  } catch (cause) {
    throw new PublishError("the key cannot be read: it is not one of those that cosign writes", { cause });
  }
}

/** What a key signs a hash by; null where it hashes itself. Takes those that the gate and cosign verify alike. Throws PublishError. */
export function selectHash({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | null {
  if (asymmetricKeyType === "ed25519") return null;
  if (asymmetricKeyType === "rsa") return "sha256";
  const curve = asymmetricKeyDetails?.namedCurve;
  if (curve === "prime256v1") return "sha256";
  if (curve === "secp384r1") return "sha384";
  throw new PublishError("keys of this kind are not supported: use ECDSA P-256 or P-384, RSA or Ed25519");
}
