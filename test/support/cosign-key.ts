import { randomBytes, scryptSync, type KeyObject } from "node:crypto";
import { xsalsa20poly1305 } from "@noble/ciphers/salsa.js";

/** The least of scrypt that cosign takes. It writes keys of twice as much, and each signature is to open one. */
const cost = { N: 32_768, r: 8, p: 1 };
const maxmem = 256 * cost.N * cost.r;

/** What opens all keys of this process, made for the first of them. */
let opener: { readonly salt: Buffer; readonly key: Buffer } | undefined;

function makeOpener(): NonNullable<typeof opener> {
  const salt = randomBytes(32);
  return { salt, key: scryptSync("", salt, 32, { ...cost, maxmem }) };
}

/** A private key as cosign keeps it, under an empty password: https://github.com/sigstore/cosign/blob/main/pkg/cosign/keys.go */
export function sealKey(privateKey: KeyObject): string {
  const { salt, key } = (opener ??= makeOpener());
  const nonce = randomBytes(xsalsa20poly1305.nonceLength);
  const der = privateKey.export({ type: "pkcs8", format: "der" });
  const content = {
    kdf: { name: "scrypt", params: cost, salt: salt.toString("base64") },
    cipher: { name: "nacl/secretbox", nonce: nonce.toString("base64") },
    ciphertext: Buffer.from(xsalsa20poly1305(key, nonce).encrypt(der)).toString("base64"),
  };
  const base64 = Buffer.from(JSON.stringify(content)).toString("base64");
  const label = "ENCRYPTED SIGSTORE PRIVATE KEY";
  return `-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`;
}
