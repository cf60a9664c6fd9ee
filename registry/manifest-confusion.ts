import { show } from "../policies/show.ts";
import { refused } from "./errors.ts";

type JsonObject = Readonly<Record<string, unknown>>;

const imageManifest = "application/vnd.oci.image.manifest.v1+json";
const indexes = new Set([
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
]);

/**
 * Refuses bytes that one reader takes for a manifest and another for something else: an index, a schema 1 manifest, two
 * things at once, or a body and a Content-Type that disagree. Media types decide, and the shape must agree with them.
 * https://github.com/opencontainers/distribution-spec/security/advisories/GHSA-mc8v-mgrf-8f4m
 */
export function refuseOtherDocuments(body: JsonObject, transportMediaType: string | undefined): void {
  const has = (key: string): boolean => Object.hasOwn(body, key);
  if (has("manifests") && (has("layers") || has("config")))
    throw invalid("the manifest has both manifests and layers or config");
  const mediaType = agreedMediaType(body["mediaType"], transportMediaType);
  if (has("manifests") || indexes.has(mediaType)) {
    throw invalid("it is an image index: reference one of its manifests by that manifest's own digest");
  }
  if (has("fsLayers") || body["schemaVersion"] === 1) throw invalid("it is a Docker schema 1 manifest");
  if (mediaType !== imageManifest) throw invalid(`its media type is ${show(mediaType)}, not ${imageManifest}`);
}

function agreedMediaType(inBody: unknown, transport: string | undefined): string {
  const declared = transport?.split(";", 1)[0]?.trim();
  if (inBody !== undefined && typeof inBody !== "string") throw invalid("the manifest's mediaType is not a string");
  if (inBody !== undefined && declared !== undefined && inBody !== declared) {
    throw invalid(`the manifest calls itself ${show(inBody)}, but the registry calls it ${show(declared)}`);
  }
  const mediaType = inBody ?? declared;
  if (mediaType === undefined) throw invalid("neither the manifest nor the registry states its media type");
  return mediaType;
}

const manifestKeys = known([
  "schemaVersion",
  "mediaType",
  "artifactType",
  "config",
  "layers",
  "manifests",
  "fsLayers",
  "subject",
  "annotations",
]);
const descriptorKeys = known([
  "mediaType",
  "digest",
  "size",
  "urls",
  "annotations",
  "data",
  "artifactType",
  "platform",
]);

/** Refuses `Annotations` for `annotations`: readers written in Go match names of fields without regard to case. */
export function refuseVariantKeys(body: JsonObject): void {
  refuseVariants(body, manifestKeys);
  const { layers } = body;
  for (const descriptor of [body["config"], body["subject"], ...(Array.isArray(layers) ? layers : [])] as unknown[]) {
    if (typeof descriptor === "object" && descriptor !== null) refuseVariants(descriptor, descriptorKeys);
  }
}

interface FieldNames {
  readonly keys: ReadonlySet<string>;
  readonly folded: ReadonlySet<string>;
}

function known(keys: readonly string[]): FieldNames {
  return { keys: new Set(keys), folded: new Set(keys.map(fold)) };
}

/** Folding changes a character into two at most, so that a longer key is a variant of none. */
const maxFolded = 64;

function refuseVariants(object: object, { keys, folded }: FieldNames): void {
  const variant = Object.keys(object).find((key) => !keys.has(key) && key.length <= maxFolded && folded.has(fold(key)));
  if (variant !== undefined) throw invalid(`the manifest spells a key as ${show(variant)}`);
}

/** As encoding/json folds, for which the long s is an s and the Kelvin sign a k. */
function fold(key: string): string {
  return key.toUpperCase().toLowerCase();
}

function invalid(message: string): Error {
  return refused("invalid", message);
}
