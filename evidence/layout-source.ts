import { constants, type Stats } from "node:fs";
import { open, readFile, realpath, type FileHandle } from "node:fs/promises";
import { join, sep } from "node:path";
import { z } from "zod";
import { shortDigest, type Digest } from "../policies/digest.ts";
import { codeOf } from "./error-code.ts";
import { absent, EvidenceError, refused, unavailable } from "./errors.ts";
import type { Body, Source } from "./source.ts";
import { deadlineExceeded } from "./until-aborted.ts";

/**
 * An OCI image layout folder that answers for every repository, by digest alone. It declares no media type, so a manifest's
 * own one counts. https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export function createLayoutSource(path: string): Source {
  const read = async (digest: Digest, signal: AbortSignal): Promise<Body> => {
    try {
      if (signal.aborted) throw deadlineExceeded();
      await checkLayout(path);
      return await openBlob(path, digest);
    } catch (error) {
      if (error instanceof EvidenceError) throw error;
      throw unavailable("REGISTRY_UNAVAILABLE", "the image layout cannot be read", { cause: error });
    }
  };
  return {
    manifest: (_repository, digest, signal) => read(digest, signal),
    blob: (_repository, digest, signal) => read(digest, signal),
    scope: () => `oci-layout:${path}`,
  };
}

const marker = z.object({ imageLayoutVersion: z.literal("1.0.0") });

/** Read each time: the folder may be a volume that is filled, or replaced, while the gate runs. */
async function checkLayout(path: string): Promise<void> {
  marker.parse(JSON.parse(await readFile(join(path, "oci-layout"), "utf8")));
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
    if (codeOf(error) !== "ENOENT") throw error;
    throw absent(`the image layout holds no ${shortDigest(digest)}`);
  }
  throw refused("ARTIFACT_INVALID", `the image layout's ${shortDigest(digest)} is a link that leaves the folder`);
}

function toBody(handle: FileHandle, stat: Stats): Body {
  if (!stat.isFile())
    throw refused("ARTIFACT_INVALID", "the image layout holds something else than a file at this digest");
  const stream = handle.createReadStream();
  return { mediaType: undefined, length: stat.size, chunks: stream, cancel: () => void stream.destroy() };
}
