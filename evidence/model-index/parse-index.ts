import { parseDigest, type Digest } from "../../policies/digest.ts";
import { isObject } from "../../policies/is-object.ts";
import { refused } from "../../registry/errors.ts";
import { limits } from "../../registry/limits.ts";

const indexTypes = new Set([
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
]);
const manifestTypes = new Set([
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
]);

/**
 * The manifests that an image index lists by digest; undefined for a document that is not an index. Indexes inside of it are not
 * followed, and what is in them is not listed. `value` is the JSON of verified bytes, `transportMediaType` what the source
 * declared. Throws RegistryError for a malformed index, or one that another reader takes for something else.
 * https://github.com/opencontainers/image-spec/blob/main/image-index.md
 */
export function parseIndex(value: unknown, transportMediaType: string | undefined): readonly Digest[] | undefined {
  if (!isObject(value)) throw invalid("it is not a JSON object");
  const declared = transportMediaType?.split(";", 1)[0]?.trim();
  const types = [value["mediaType"], declared].filter((one) => one !== undefined);
  const isIndex = types.some((type) => typeof type === "string" && indexTypes.has(type));
  if (!isIndex && !Object.hasOwn(value, "manifests")) return undefined;
  if (types.length === 0 || types.some((type) => type !== types[0] || !isIndex))
    throw invalid("the index and the registry disagree on its media type");
  refuseOtherReadings(value);
  return listManifests(value["manifests"]);
}

/** Readers written in Go match names of fields without regard to case. */
function refuseOtherReadings(value: Readonly<Record<string, unknown>>): void {
  const other = ["config", "layers", "fsLayers"].find((key) => Object.hasOwn(value, key));
  if (other !== undefined) throw invalid(`the index has ${other} as well`);
  if (Object.keys(value).some(isVariant)) throw invalid("the index spells manifests in another way, too");
}

function isVariant(key: string): boolean {
  return key.length <= 16 && key !== "manifests" && key.toUpperCase().toLowerCase() === "manifests";
}

function listManifests(entries: unknown): Digest[] {
  if (!Array.isArray(entries)) throw invalid("the index has no list of manifests");
  if (entries.length > limits.indexManifests)
    throw invalid(`the index lists ${entries.length} manifests, but the limit is ${limits.indexManifests}`);
  return entries.flatMap((entry: unknown, at) => {
    const { mediaType, digest } = isObject(entry) ? entry : {};
    const parsed = typeof digest === "string" ? parseDigest(digest) : undefined;
    if (typeof mediaType !== "string" || parsed === undefined)
      throw invalid(`the index is malformed at manifests.${at}: it needs a media type and a sha256 digest`);
    return manifestTypes.has(mediaType) ? [parsed] : [];
  });
}

function invalid(message: string): Error {
  return refused("invalid", message);
}
