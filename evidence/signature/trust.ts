import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import type { Signer } from "../../policies/signer.ts";
import type { NotationTrustStore } from "./notation/verify.ts";

/** What signatures are verified with besides a policy's own words. A new object for each new state of its files. */
export interface Trust {
  /** Of Sigstore's public good instance, or of a private one. Undefined where the gate was given none. */
  readonly root: TrustedRoot | undefined;
  /** PEM by file name. */
  readonly keys: ReadonlyMap<string, string>;
  /** The Notary Project's trust stores, by name. */
  readonly stores: ReadonlyMap<string, NotationTrustStore>;
  /** sha256 of all of it, for decision records; undefined where nobody is trusted. */
  readonly digest?: string;
}

/** Nobody is trusted. */
export const noTrust: Trust = { root: undefined, keys: new Map(), stores: new Map() };

/** Authorities, logs and timestamp authorities, from Sigstore's `trusted_root.json`. Throws for anything else. */
export function parseTrustedRoot(text: string): TrustedRoot {
  const root = TrustedRoot.fromJSON(JSON.parse(text));
  if (!root.mediaType.startsWith("application/vnd.dev.sigstore.trustedroot"))
    throw new Error("it is not a Sigstore trusted root: its mediaType says otherwise");
  return root;
}

/** A key that may sign, or why this one may not. Strengths as NIST SP 800-57 allows them until 2030. */
export function readPublicKey(pem: string): KeyObject | string {
  let key;
  try {
    key = createPublicKey(pem);
  } catch {
    return "cannot be read as a public key";
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "ed25519") return key;
  if (type === "rsa") return (details?.modulusLength ?? 0) >= 2048 ? key : "is an RSA key of less than 2048 bits";
  if (type !== "ec") return "is not an ECDSA, RSA or Ed25519 key";
  return curves.has(details?.namedCurve ?? "") ? key : "is not on the curve P-256, P-384 or P-521";
}

/** OpenSSL's names of P-256, P-384 and P-521. */
const curves: ReadonlySet<string> = new Set(["prime256v1", "secp384r1", "secp521r1"]);

/** One for each key, however its PEM is written. */
export function getFingerprint(key: KeyObject): string {
  return `sha256:${createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("hex")}`;
}

/** cosign's name for a key: the hash of its DER, in base64. */
export function getHint(key: KeyObject): string {
  return Buffer.from(getFingerprint(key).slice("sha256:".length), "hex").toString("base64");
}

/** The key that a signer names, or why there is none. */
export function readKey(signer: Extract<Signer, { kind: "key" }>, { keys }: Trust): KeyObject | string {
  if ("pem" in signer.key) return readPublicKey(signer.key.pem);
  const pem = keys.get(signer.key.file);
  return pem === undefined ? `key ${signer.key.file} is not among the gate's keys` : readPublicKey(pem);
}
