import type { Digest } from "../../policies/digest.ts";
import { EvidenceError, refused } from "../../registry/errors.ts";
import { fetchVerified, readBounded } from "../../registry/fetch-verified.ts";
import { limits } from "../../registry/limits.ts";
import { parseManifest, type Descriptor } from "../../registry/manifest.ts";
import { readReferrers } from "../../registry/referrers.ts";
import type { Source } from "../../registry/source.ts";

/** A signature that is attached to an artifact, unverified: who made it, and over what, is still to be seen. */
export type Candidate =
  /** A Sigstore bundle, JSON. https://docs.sigstore.dev/about/bundle/ */
  | { readonly kind: "bundle"; readonly bytes: Uint8Array }
  /** A bundle that is the evidence itself: a statement, in the envelope that was signed. Nothing that is attached is one. */
  | { readonly kind: "attestation"; readonly bytes: Uint8Array }
  /** cosign's older form. https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
  | {
      readonly kind: "simple-signing";
      readonly payload: Uint8Array;
      readonly signature: string;
      /** PEM, where it was made with a certificate. */
      readonly certificate: string | undefined;
      /** JSON: what the transparency log promised. */
      readonly logEntry: string | undefined;
      /** JSON, with a timestamp by RFC 3161. */
      readonly timestamp: string | undefined;
    }
  /** An envelope of the Notary Project's. https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md */
  | { readonly kind: "notation"; readonly bytes: Uint8Array }
  /** One that cannot be read. */
  | { readonly kind: "broken"; readonly message: string };

export interface Candidates {
  readonly all: readonly Candidate[];
  /** The artifact's own manifest, where a signature is over its bytes; else nothing. */
  readonly manifest: Uint8Array;
}

/** With a version behind it, or before it in older bundles. */
export const bundleType = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.3)?\+json(?:;version=0\.[123])?$/;
const notationType = "application/vnd.cncf.notary.signature";
const simpleSigningType = "application/vnd.dev.cosign.simplesigning.v1+json";
const signatureKey = "dev.cosignproject.cosign/signature";
const certificateKey = "dev.sigstore.cosign/certificate";
const logEntryKey = "dev.sigstore.cosign/bundle";
const timestampKey = "dev.sigstore.cosign/rfc3161timestamp";

/**
 * The signatures that are attached to a digest: bundles and envelopes that refer to it, and cosign's older tag
 * `sha256-<hex>.sig`. All is asked for at once. Throws EvidenceError where something could not be had; what is merely broken is
 * a candidate, too.
 */
export async function findCandidates(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<Candidates> {
  const [referring, older] = await Promise.all([
    findReferring(source, repository, digest, signal),
    findSimpleSigning(source, repository, digest, signal),
  ]);
  const all = [...referring, ...older];
  if (all.length > limits.signatures)
    throw refused("SIGNATURE_INVALID", `more than ${limits.signatures} signatures are attached`);
  const manifest = all.some(isAboutBytes) ? await readManifestBytes(source, repository, digest, signal) : noBytes;
  return { all, manifest };
}

export const noBytes = new Uint8Array();

/** Most signatures name a digest; some are over the bytes, or name their number. */
function isAboutBytes(candidate: Candidate): boolean {
  if (candidate.kind === "notation") return true;
  return candidate.kind === "bundle" && Buffer.from(candidate.bytes).includes('"messageSignature"');
}

async function readManifestBytes(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const body = await source.manifest(repository, digest, signal);
  return fetchVerified(body, { digest, maxBytes: limits.manifestBytes }, signal);
}

async function findReferring(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<Candidate[]> {
  const referrers = await readReferrers(source, repository, digest, signal);
  const signatures = referrers.flatMap(({ artifactType, manifest: { layers } }) => {
    const kind = kindOf(artifactType);
    return kind === undefined ? [] : [{ kind, layer: layers[0] }];
  });
  return Promise.all(
    signatures
      .slice(0, limits.signatures + 1)
      .map(({ kind, layer }) =>
        readable(async () => ({ kind, bytes: await readLayer(source, repository, layer, signal) })),
      ),
  );
}

function kindOf(artifactType: string): "bundle" | "notation" | undefined {
  if (bundleType.test(artifactType)) return "bundle";
  return artifactType === notationType ? "notation" : undefined;
}

async function findSimpleSigning(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<Candidate[]> {
  const body = await source.tagged(repository, `${digest.replace(":", "-")}.sig`, signal);
  if (body === undefined) return [];
  const bytes = await readBounded(body, limits.manifestBytes, signal);
  const layers = await layersIn(bytes, body.mediaType);
  return Promise.all(
    layers.slice(0, limits.signatures + 1).map((layer) =>
      readable(async () => {
        const signature = layer.annotations[signatureKey];
        if (layer.mediaType !== simpleSigningType || signature === undefined)
          throw refused("SIGNATURE_INVALID", "a layer under the signature's tag is no signature");
        const payload = await readLayer(source, repository, layer, signal);
        return {
          kind: "simple-signing",
          payload,
          signature,
          certificate: layer.annotations[certificateKey],
          logEntry: layer.annotations[logEntryKey],
          timestamp: layer.annotations[timestampKey],
        };
      }),
    ),
  );
}

async function layersIn(bytes: Uint8Array, mediaType: string | undefined): Promise<readonly Descriptor[]> {
  try {
    return parseManifest(bytes, mediaType).layers;
  } catch {
    // Whatever is there, it holds no signature. Other signatures may still do.
    return [];
  }
}

async function readLayer(
  source: Source,
  repository: string,
  { digest, size }: Descriptor,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (size > limits.signatureBytes)
    throw refused("SIGNATURE_INVALID", `a signature has ${size} bytes, the limit is ${limits.signatureBytes}`);
  const body = await source.blob(repository, digest, signal);
  return fetchVerified(body, { digest, size, maxBytes: limits.signatureBytes }, signal);
}

/** What is refused, or is not there, is a broken signature; what could not be had is not known to be one. */
async function readable(read: () => Promise<Candidate>): Promise<Candidate> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof EvidenceError && error.evidence.kind !== "unavailable")
      return { kind: "broken", message: error.evidence.message };
    throw error;
  }
}
