import type { Artifact, Content } from "../policies/artifact.ts";
import type { Digest } from "../policies/digest.ts";
import { EvidenceError } from "../registry/errors.ts";
import { checkSize, fetchVerified } from "../registry/fetch-verified.ts";
import { kindOf } from "./kinds/detect.ts";
import type { ReadBlob } from "./kinds/kind.ts";
import { limits } from "../registry/limits.ts";
import { parseManifest, type Manifest } from "../registry/manifest.ts";
import type { Source } from "../registry/source.ts";

/** An artifact whose content is not read, with the manifest that says where the content lies. */
export interface ReadArtifact {
  readonly artifact: Artifact;
  readonly manifest: Manifest;
}

/** Fetches, proves and parses the manifest. Throws EvidenceError. */
export async function readArtifact(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<ReadArtifact> {
  const body = await source.manifest(repository, digest, signal);
  const bytes = await fetchVerified(body, { digest, maxBytes: limits.manifestBytes }, signal);
  const manifest = parseManifest(bytes, body.mediaType);
  const { name: kind } = kindOf(manifest);
  return {
    manifest,
    artifact: {
      repository,
      digest,
      kind,
      annotations: manifest.annotations,
      subject: manifest.subject?.digest,
      content: { kind: "not-read" },
      signatures: { kind: "not-looked-for" },
    },
  };
}

export interface ReadContent {
  readonly content: Content;
  /** True when it follows from proved bytes alone, so that the next look would find the same. */
  readonly lasting: boolean;
}

/** Fetches, proves and parses what the manifest holds. What goes wrong is content, too. */
export async function readContent(
  source: Source,
  { artifact: { repository }, manifest }: ReadArtifact,
  signal: AbortSignal,
): Promise<ReadContent> {
  let lasting = true;
  const readBlob: ReadBlob = async ({ digest, size }) => {
    checkSize(size, limits.layerBytes);
    try {
      const body = await source.blob(repository, digest, signal);
      return await fetchVerified(body, { digest, size, maxBytes: limits.layerBytes }, signal);
    } catch (error) {
      lasting = false;
      throw error;
    }
  };
  try {
    const content = await kindOf(manifest).readContent(manifest, readBlob);
    return { content, lasting };
  } catch (error) {
    if (error instanceof EvidenceError) return { content: toContent(error), lasting };
    throw error;
  }
}

function toContent({ evidence }: EvidenceError): Content {
  switch (evidence.kind) {
    case "absent":
      return {
        kind: "refused",
        reason: "EVIDENCE_NOT_FOUND",
        message: "the registry holds the manifest but not its content",
      };
    case "refused":
    case "unavailable":
      return evidence;
  }
}
