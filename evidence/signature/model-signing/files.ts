import type { Digest } from "../../../policies/digest.ts";
import { show } from "../../../policies/show.ts";
import { RegistryError } from "../../../registry/errors.ts";
import { limits } from "../../../registry/limits.ts";
import { type Descriptor, type Manifest, parseManifest } from "../../../registry/manifest.ts";
import { SignatureRejection } from "../rejection.ts";

/**
 * The files of a model, each a layer as it is: digests by name. Throws SignatureRejection, `FILES_INCOMPARABLE`, where a layer
 * is an archive, or names no file: then its digest is not that of a file, and nothing can be said without unpacking it.
 */
export function listModelFiles(manifest: Uint8Array): ReadonlyMap<string, Digest> {
  if (manifest.byteLength === 0) throw rejectIncomparable("its manifest could not be read from this repository");
  const files = new Map<string, Digest>();
  for (const [at, layer] of parse(manifest).layers.entries()) {
    const name = requireName(layer, at);
    if (isPacked(layer))
      throw rejectIncomparable(`the layer ${show(name)} is an archive by its type, ${show(layer.mediaType)}`);
    if (files.has(name)) throw rejectIncomparable(`two layers are named ${show(name)}`);
    files.set(name, layer.digest);
  }
  return files;
}

function parse(manifest: Uint8Array): Manifest {
  try {
    return parseManifest(manifest, undefined, limits.modelFiles);
  } catch (cause) {
    if (!(cause instanceof RegistryError)) throw cause;
    throw rejectIncomparable(cause.message, { cause });
  }
}

/** Of OCI's tools, and of the CNCF's model format. */
const nameKeys = ["org.opencontainers.image.title", "org.cncf.model.filepath"];

function requireName({ annotations, mediaType }: Descriptor, at: number): string {
  const names = new Set(nameKeys.flatMap((key) => (Object.hasOwn(annotations, key) ? annotations[key] : []) ?? []));
  const [name, other] = names;
  if (name === undefined && isPacked({ annotations, mediaType })) return `layer ${at + 1}`;
  if (name === undefined || name === "") throw rejectIncomparable(`layer ${at + 1} does not name its file`);
  if (other !== undefined) throw rejectIncomparable(`layer ${at + 1} is named both ${show(name)} and ${show(other)}`);
  return name;
}

/** What a runtime unpacks, whatever its name says. */
const archive = /(?:^|[./+-])(?:tar|gzip|zstd)(?:$|[./+;-])/i;

function isPacked({ mediaType, annotations }: Pick<Descriptor, "mediaType" | "annotations">): boolean {
  return archive.test(mediaType) || annotations["io.deis.oras.content.unpack"] === "true";
}

/** Nothing follows from what cannot be compared: it is never a pass. */
export function rejectIncomparable(why: string, options?: ErrorOptions): SignatureRejection {
  return new SignatureRejection("FILES_INCOMPARABLE", `its files cannot be compared: ${why}`, options);
}
