import { constants, type Stats } from "node:fs";
import { open, realpath, type FileHandle } from "node:fs/promises";
import { join, sep } from "node:path";
import { Readable } from "node:stream";
import * as z from "zod";
import { parseDigest, shortenDigest, type Digest } from "../../policies/digest.ts";
import { getErrorCode } from "../../runtime/error-code.ts";
import { absent, makeDeadlineError, RegistryError, refused, unavailable } from "../errors.ts";
import { fetchVerified } from "../fetch-verified.ts";
import { limits } from "../limits.ts";
import type { Body, Source } from "../source.ts";
import { parseStrictJson } from "../strict-json.ts";
import { readLayoutJson } from "./read-json.ts";

/**
 * An OCI image layout folder that answers for every repository, by digest alone. It declares no media type, so a manifest's
 * own one counts. https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export function createLayoutSource(path: string): Source {
  const read = async (digest: Digest, signal: AbortSignal): Promise<Body> => {
    try {
      if (signal.aborted) throw makeDeadlineError();
      await checkLayout(path);
      return await openBlob(path, digest);
    } catch (error) {
      if (error instanceof RegistryError) throw error;
      throw unavailable("no-answer", "the image layout cannot be read", { cause: error });
    }
  };
  return {
    manifest: (_repository, digest, signal) => read(digest, signal),
    blob: (_repository, digest, signal) => read(digest, signal),
    referrers: (_repository, digest, signal) => layoutReferrers(path, digest, read, signal),
    tagged: async (_repository, tag, signal) => {
      const named = (await readIndex(path)).find(({ annotations }) => annotations[refName] === tag);
      return named === undefined ? undefined : read(named.digest, signal);
    },
    scope: () => `oci-layout:${path}`,
  };
}

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md#pre-defined-annotation-keys */
const refName = "org.opencontainers.image.ref.name";

/** What index.json of a layout names, in its order: tags, and digests of what has none. Rejects with RegistryError. */
export async function listLayout(path: string): Promise<string[]> {
  return (await readIndex(path)).map(({ annotations, digest }) => annotations[refName] ?? digest);
}

/** The list that a registry would keep: of all manifests that the layout names, those that name this one as their subject. */
async function* layoutReferrers(
  path: string,
  digest: Digest,
  read: (digest: Digest, signal: AbortSignal) => Promise<Body>,
  signal: AbortSignal,
): AsyncGenerator<Body> {
  const listed = await readIndex(path);
  /** What cannot be read hides nothing else. */
  const isAbout = async (one: Digest): Promise<boolean> => {
    try {
      const body = await read(one, signal);
      return readSubject(await fetchVerified(body, { digest: one, maxBytes: limits.manifestBytes }, signal)) === digest;
    } catch (error) {
      if (error instanceof RegistryError && error.failure.kind !== "unavailable") return false;
      throw error;
    }
  };
  const about = [];
  for (const descriptor of listed.slice(0, limits.layoutManifests)) {
    if (descriptor.digest === digest) continue;
    if (await isAbout(descriptor.digest)) about.push(descriptor);
    // A reader that is given as many stops: what is beyond is not looked for.
    if (about.length > limits.referrersListed) break;
  }
  const tag = listed.find(({ annotations }) => annotations[refName] === digest.replace(":", "-"));
  if (tag !== undefined) yield await read(tag.digest, signal);
  const text = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: about }));
  yield { mediaType: undefined, length: text.length, chunks: Readable.from([text]), cancel: () => undefined };
  if (listed.length > limits.layoutManifests)
    throw refused(
      "invalid",
      `the image layout lists ${listed.length} manifests, but the limit is ${limits.layoutManifests}`,
    );
}

const withSubject = z.object({ subject: z.object({ digest: z.string() }) });

function readSubject(bytes: Uint8Array): string | undefined {
  try {
    return withSubject.safeParse(parseStrictJson(bytes)).data?.subject.digest;
  } catch {
    return undefined;
  }
}

const layoutIndex = z.object({
  manifests: z.array(
    z.object({
      mediaType: z.string(),
      digest: z.custom<Digest>((value) => typeof value === "string" && parseDigest(value) !== undefined),
      size: z.int().nonnegative(),
      annotations: z.record(z.string(), z.string()).default({}),
    }),
  ),
});

/** What index.json lists. One that is not there or not an index is a layout that cannot be read. */
async function readIndex(path: string): Promise<z.output<typeof layoutIndex>["manifests"]> {
  try {
    return layoutIndex.parse(await readLayoutJson(path, "index.json", limits.layoutIndexBytes)).manifests;
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    throw unavailable("no-answer", "the image layout's index.json cannot be read", { cause: error });
  }
}

const marker = z.object({ imageLayoutVersion: z.literal("1.0.0") });

/** Read each time: the folder may be a volume that is filled, or replaced, while the gate runs. */
async function checkLayout(path: string): Promise<void> {
  marker.parse(await readLayoutJson(path, "oci-layout", limits.layoutMarkerBytes));
}

async function openBlob(path: string, digest: Digest): Promise<Body> {
  const file = await locate(path, digest);
  // Without O_NONBLOCK, opening a pipe would wait for its writer.
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return toBody(handle, await handle.stat());
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** The blob's real path, inside the folder: a link may lead around in there (volumes of Kubernetes do), never out of it. */
async function locate(path: string, digest: Digest): Promise<string> {
  const folder = await realpath(path);
  try {
    const file = await realpath(join(folder, "blobs", "sha256", digest.slice("sha256:".length)));
    if (file.startsWith(folder + sep)) return file;
  } catch (error) {
    if (getErrorCode(error) !== "ENOENT") throw error;
    throw absent(`the image layout holds no ${shortenDigest(digest)}`);
  }
  throw refused("invalid", `the image layout's ${shortenDigest(digest)} is a link that leaves the folder`);
}

function toBody(handle: FileHandle, stat: Stats): Body {
  if (!stat.isFile()) throw refused("invalid", "the image layout holds something other than a file at this digest");
  const stream = handle.createReadStream();
  return { mediaType: undefined, length: stat.size, chunks: stream, cancel: () => void stream.destroy() };
}
