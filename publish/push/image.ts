import type { Digest } from "../../policies/digest.ts";
import type { Document } from "../../registry/document.ts";
import type { StringMap } from "../../policies/workload.ts";
import { toDigest } from "./digest-of.ts";
import type { Layer } from "../../registry/layer.ts";
import type { Descriptor } from "../../registry/manifest.ts";

/** What a manifest says of another one. */
export interface Subject {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

/** As EvalHub's adapters write it. */
export const resultsArtifactType = "application/vnd.eval-hub.github.io";

/** The media type of OCI image manifests. */
export const manifestType = "application/vnd.oci.image.manifest.v1+json";
const configType = "application/vnd.oci.image.config.v1+json";
const layerType = "application/vnd.oci.image.layer.v1.tar+gzip";
const nameKey = "olot.layer.content.name";
/** What `oras pull` calls the file: a layer without it is skipped. EvalHub's adapters leave it out. */
const titleKey = "org.opencontainers.image.title";

/** The image config of some layers. Without `created` it holds no time. https://github.com/opencontainers/image-spec/blob/main/config.md */
export function makeImageConfig(layers: readonly Layer[], created: Date | undefined): Document {
  const when = created === undefined ? {} : { created: formatSeconds(created) };
  return encodeDocument(configType, {
    architecture: "unknown",
    os: "unknown",
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
    history: layers.map(({ name }) => ({ ...when, created_by: `assaygate push ${name}` })),
  });
}

/** The manifest of a results artifact, fields in the order in which EvalHub's adapters write them, and a title for each layer. */
export function makeImageManifest(
  config: Document,
  layers: readonly Layer[],
  annotations: StringMap,
  subject: Subject | undefined,
): Document {
  return encodeDocument(manifestType, {
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: resultsArtifactType,
    config: toDescriptor(config),
    layers: layers.map(makeLayerDescriptor),
    ...(subject === undefined ? {} : { subject }),
    annotations,
  });
}

/** What names a file's layer in a manifest. */
export function makeLayerDescriptor({ name, size, digest }: Omit<Layer, "diffId">): Descriptor {
  return { mediaType: layerType, size, digest, annotations: { [nameKey]: name, [titleKey]: `${name}.tar.gz` } };
}

/** What names a document in a manifest. */
export function toDescriptor({ mediaType, digest, bytes }: Document): Subject {
  return { mediaType, size: bytes.byteLength, digest };
}

/** A JSON document of a media type, with its digest. */
export function encodeDocument(mediaType: string, value: object): Document {
  return wrapDocument(mediaType, Buffer.from(JSON.stringify(value, undefined, 2)));
}

/** Bytes of a media type, with their digest. */
export function wrapDocument(mediaType: string, bytes: Uint8Array): Document {
  return { mediaType, bytes, digest: toDigest(bytes) };
}

/** RFC 3339 without fractions. */
export function formatSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
