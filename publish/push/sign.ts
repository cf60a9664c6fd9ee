import { createHash, createPublicKey, sign, type KeyObject } from "node:crypto";
import type { Digest } from "../../policies/digest.ts";
import { encodePreAuth } from "../../evidence/signature/raw-signature.ts";
import type { Source } from "../../registry/source.ts";
import { attach } from "./attach.ts";
import { descriptor, document, documentOf, manifestType, seconds, type Subject } from "./image.ts";
import { type Document } from "../../registry/document.ts";
import { RegistryError } from "../../registry/errors.ts";
import { listReferrers } from "../../registry/referrers.ts";
import { findSignature } from "./find-signature.ts";
import { selectHash } from "./private-key.ts";
import type { PushTarget } from "../../registry/target.ts";

const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
const payloadType = "application/vnd.in-toto+json";
const predicateType = "https://sigstore.dev/cosign/sign/v1";

/**
 * Signs an artifact as cosign 3 does with a key: a statement about its digest, in a bundle that refers to it, unless the key
 * has signed it already. Returns the digest of the manifest that holds the signature, once it can be found. Throws
 * RegistryError, and PublishError for a key of another kind.
 * https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
 */
export async function signArtifact(
  { target, source }: { readonly target: PushTarget; readonly source: Source },
  repository: string,
  subject: Subject,
  key: KeyObject,
  now: Date,
  signal: AbortSignal,
): Promise<Digest> {
  // What cannot be seen now could not be seen afterwards either: nothing is added that nobody would know of.
  const { unseen } = await listReferrers(source, repository, subject.digest, signal);
  if (unseen?.kind === "unavailable") throw new RegistryError(unseen);
  const before = await findSignature(source, repository, subject.digest, key, now, signal);
  if (before !== undefined) return before;
  const bundle = documentOf(bundleType, Buffer.from(JSON.stringify(bundleOf(subject.digest, key))));
  const config = documentOf("application/vnd.oci.empty.v1+json", Buffer.from("{}"));
  const annotations = {
    "dev.sigstore.bundle.content": "dsse-envelope",
    "dev.sigstore.bundle.predicateType": predicateType,
    "org.opencontainers.image.created": seconds(now),
  };
  const manifest: Document = document(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: bundleType,
    config: descriptor(config),
    layers: [descriptor(bundle)],
    subject,
    annotations,
  });
  await target.blob(repository, config, signal);
  await target.blob(repository, bundle, signal);
  const referrer = { manifest, artifactType: bundleType, subject: subject.digest, annotations };
  await attach({ target, source }, repository, referrer, undefined, signal);
  return manifest.digest;
}

/** https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto */
function bundleOf(digest: Digest, key: KeyObject): object {
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: digest.replace("sha256:", "") } }],
    predicateType,
    predicate: {},
  };
  const payload = Buffer.from(JSON.stringify(statement));
  const signature = sign(selectHash(key), encodePreAuth(payloadType, payload), key);
  return {
    mediaType: bundleType,
    verificationMaterial: { publicKey: { hint: hintOf(key) } },
    dsseEnvelope: {
      payload: payload.toString("base64"),
      payloadType,
      signatures: [{ sig: signature.toString("base64") }],
    },
  };
}

/** As cosign names a key: the hash of its public half. */
function hintOf(key: KeyObject): string {
  const der = createPublicKey(key).export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("base64");
}
