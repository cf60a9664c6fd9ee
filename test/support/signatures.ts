import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { encodePreAuth } from "../../evidence/signature/raw-signature.ts";
import type { Digest } from "../../policies/digest.ts";
import { compileSigner } from "../../policies/language/signer.ts";
import type { RequiredSigners } from "../../policies/policy.ts";
import { artifactOf, type BuiltArtifact, type Json } from "./artifacts.ts";

/** A pair of keys to sign with. */
export interface TestKey {
  readonly privateKey: KeyObject;
  /** The public key, PEM. */
  readonly pem: string;
  /** cosign's hint. */
  readonly hint: string;
}

export function makeTestKey(kind: "P-256" | "P-384" | "RSA" | "Ed25519" = "P-256"): TestKey {
  if (kind === "RSA") return testKeyOf(generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey);
  if (kind === "Ed25519") return testKeyOf(generateKeyPairSync("ed25519").privateKey);
  return testKeyOf(generateKeyPairSync("ec", { namedCurve: kind }).privateKey);
}

function testKeyOf(privateKey: KeyObject): TestKey {
  const publicKey = createPublicKey(privateKey);
  const der = publicKey.export({ type: "spki", format: "der" });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  return { privateKey, pem, hint: createHash("sha256").update(der).digest("base64") };
}

/** A pair that is the same each time, and signs the same each time: for bytes that are kept. */
export function seededKey(seed: number): TestKey {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, seed)]);
  return testKeyOf(createPrivateKey({ key: der, type: "pkcs8", format: "der" }));
}

export function signWith({ privateKey }: TestKey, bytes: Uint8Array): Buffer {
  return sign(hashFor(privateKey), bytes, privateKey);
}

function hashFor({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | null {
  if (asymmetricKeyType === "ed25519") return null;
  return asymmetricKeyDetails?.namedCurve === "secp384r1" ? "sha384" : "sha256";
}

/** The statement that cosign 3 signs; `over` replaces fields. */
export function statementAbout(digest: string, over: Json = {}): Json {
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: digest.replace("sha256:", "") } }],
    predicateType: "https://sigstore.dev/cosign/sign/v1",
    predicate: {},
    ...over,
  };
}

/** A bundle with a signed statement. `over` replaces fields of the bundle. */
export function bundleOf(key: TestKey, payload: Json | Buffer, over: Json = {}): Json {
  const payloadType = "application/vnd.in-toto+json";
  const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload));
  const signature = signWith(key, encodePreAuth(payloadType, bytes)).toString("base64");
  return {
    mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    verificationMaterial: { publicKey: { hint: key.hint } },
    dsseEnvelope: { payload: bytes.toString("base64"), payloadType, signatures: [{ sig: signature }] },
    ...over,
  };
}

/** A DSSE envelope that stands alone, signed with each of the keys; `over` replaces fields. */
export function envelopeOf(keys: readonly TestKey[], payload: Json | Buffer, over: Json = {}): Json {
  const payloadType = "application/vnd.in-toto+json";
  const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload));
  const signatures = keys.map((key) => ({
    keyid: "SHA256:whatever-it-says",
    sig: signWith(key, encodePreAuth(payloadType, bytes)).toString("base64"),
  }));
  return { payload: bytes.toString("base64"), payloadType, signatures, ...over };
}

export const envelopeType = "application/vnd.dsse.envelope.v1+json";

const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** The bundle as an artifact that refers to another. */
export function attached(
  bundle: Json | Buffer,
  to: Digest,
  manifest: Json = {},
  mediaType: string = bundleType,
): BuiltArtifact {
  const bytes = Buffer.isBuffer(bundle) ? bundle : Buffer.from(JSON.stringify(bundle));
  const subject = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: to, size: 1 };
  return artifactOf([{ bytes, mediaType }], { artifactType: mediaType, subject, ...manifest });
}

/** cosign 2's form: the manifest under the tag `sha256-<hex>.sig`. */
export function simpleSigning(key: TestKey, digest: string, critical: Json = {}): BuiltArtifact {
  const image = { "docker-manifest-digest": digest };
  const type = "cosign container image signature";
  const payload = Buffer.from(JSON.stringify({ critical: { identity: {}, image, type, ...critical }, optional: null }));
  const annotations = { "dev.cosignproject.cosign/signature": signWith(key, payload).toString("base64") };
  return artifactOf([{ bytes: payload, mediaType: "application/vnd.dev.cosign.simplesigning.v1+json", annotations }]);
}

/** So many of these keys must have signed, whether a log has recorded it or not. */
export function requireKeys(threshold: number, ...keys: readonly TestKey[]): RequiredSigners {
  const [first, ...rest] = keys.map(({ pem }) => {
    const signer = compileSigner({ cosign: { publicKey: pem, transparencyLog: "NotRequired" } });
    if (typeof signer === "string") throw new Error(signer);
    return signer;
  });
  if (first === undefined) throw new Error("no key");
  return { any: [first, ...rest], threshold };
}
