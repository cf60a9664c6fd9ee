import type { Digest } from "../../policies/digest.ts";
import { RegistryError } from "../../registry/errors.ts";
import { listReferrers } from "../../registry/referrers.ts";
import type { Source } from "../../registry/source.ts";
import type { PushTarget } from "../../registry/target.ts";
import { attach } from "./attach.ts";
import { toDescriptor, encodeDocument, wrapDocument, manifestType, formatSeconds, type Subject } from "./image.ts";

/** Where an artifact is written to, and read back from. */
export interface ReadWrite {
  readonly target: PushTarget;
  readonly source: Source;
}

/** The media type of Sigstore bundles as cosign 3 writes them. */
export const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** A bundle with a signed statement. */
export interface SignedBundle {
  readonly json: object;
  readonly predicateType: string;
}

/**
 * What cannot be seen now could not be seen after it was attached either: nothing is added that nobody would know of. Throws
 * RegistryError.
 */
export async function checkReferrersSeen(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<void> {
  const { unseen } = await listReferrers(source, repository, digest, signal);
  if (unseen?.kind === "unavailable") throw new RegistryError(unseen);
}

/**
 * Attaches a bundle to its subject as cosign 3 does: a manifest that refers to it. Returns the manifest's digest, once it can be
 * found. Throws RegistryError. https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md
 */
export async function attachBundle(
  { target, source }: ReadWrite,
  repository: string,
  subject: Subject,
  { json, predicateType }: SignedBundle,
  now: Date,
  signal: AbortSignal,
): Promise<Digest> {
  const bundle = wrapDocument(bundleType, Buffer.from(JSON.stringify(json)));
  const config = wrapDocument("application/vnd.oci.empty.v1+json", Buffer.from("{}"));
  const annotations = {
    "dev.sigstore.bundle.content": "dsse-envelope",
    "dev.sigstore.bundle.predicateType": predicateType,
    "org.opencontainers.image.created": formatSeconds(now),
  };
  const manifest = encodeDocument(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: bundleType,
    config: toDescriptor(config),
    layers: [toDescriptor(bundle)],
    subject,
    annotations,
  });
  await target.blob(repository, config, signal);
  await target.blob(repository, bundle, signal);
  const referrer = { manifest, artifactType: bundleType, subject: subject.digest, annotations };
  await attach({ target, source }, repository, referrer, undefined, signal);
  return manifest.digest;
}
