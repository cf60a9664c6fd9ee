import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { getErrorCode } from "../../runtime/error-code.ts";
import { RegistryError, unavailable } from "../errors.ts";
import type { Document } from "../document.ts";
import type { Layer, LayerStream } from "../layer.ts";
import { PublishError } from "../publish-error.ts";
import { limits } from "../limits.ts";
import type { PushTarget } from "../target.ts";
import { readLayoutJson } from "./read-json.ts";

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md#pre-defined-annotation-keys */
const refName = "org.opencontainers.image.ref.name";

/** Kept as they are, so that nothing that others wrote into an index is lost. */
const indexSchema = z.looseObject({
  manifests: z.array(z.looseObject({ digest: z.string(), annotations: z.record(z.string(), z.string()).optional() })),
});

const emptyIndex = {
  schemaVersion: 2,
  mediaType: "application/vnd.oci.image.index.v1+json",
  manifests: [],
};

/** Of a blob whose digest is not known yet. */
const temporaryPrefix = ".new-";
/** A file that is being written is touched far more often. What is older was left by a push that was ended. */
const abandonedMs = 3_600_000;

/**
 * Writes into an OCI image layout folder, which is made if it is not there. Every file appears whole or not at all; the index
 * comes last. What an earlier push left when it was ended is removed.
 * https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export function createLayoutTarget(path: string): PushTarget {
  const blobs = join(path, "blobs", "sha256");
  let indexing: Promise<void> = Promise.resolve();
  let preparing: Promise<void> | undefined;
  const inFolder = <T>(write: () => Promise<T>): Promise<T> =>
    writing(async () => {
      await (preparing ??= prepareFolder(path, blobs));
      return await write();
    });
  return {
    blob: (_repository, blob) => inFolder(() => putBlob(blobs, blob)),

    layer: (_repository, openLayer) => inFolder(() => putLayer(blobs, openLayer)),

    manifest: (_repository, manifest, tag) =>
      inFolder(async () => {
        await putBlob(blobs, manifest);
        // One after the other: each reads the index that the one before it wrote.
        indexing = indexing.then(() => addToIndex(path, manifest, tag));
        await indexing;
        return { listsReferrers: true };
      }),

    close: () => Promise.resolve(),
  };
}

async function putBlob(blobs: string, { digest, bytes }: Document): Promise<void> {
  const place = toPlace(blobs, digest);
  if (await exists(place)) return;
  const file = nameTemporary(blobs);
  await writeFile(file, bytes);
  await rename(file, place);
}

/** Its digest, and with it its name, is known when all of it is written. */
async function putLayer(blobs: string, openLayer: () => Promise<LayerStream>): Promise<Layer> {
  const file = nameTemporary(blobs);
  try {
    const layer = await writeLayer(file, openLayer);
    await rename(file, toPlace(blobs, layer.digest));
    return layer;
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

function toPlace(blobs: string, digest: string): string {
  return join(blobs, digest.replace("sha256:", ""));
}

function nameTemporary(blobs: string): string {
  return join(blobs, `${temporaryPrefix}${randomBytes(8).toString("hex")}`);
}

/** Removes what is there under such names, and has not been written to for long. */
async function removeAbandoned(blobs: string): Promise<void> {
  const names = (await readdir(blobs)).filter((name) => name.startsWith(temporaryPrefix));
  for (const name of names) {
    const file = join(blobs, name);
    // Another push may just have removed it, or given it its name.
    const found = await stat(file).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > abandonedMs) await rm(file, { force: true });
  }
}

async function writeLayer(file: string, openLayer: () => Promise<LayerStream>): Promise<Layer> {
  const stream = await openLayer();
  const handle = await open(file, "wx");
  try {
    await handle.writeFile(stream.chunks);
  } finally {
    await handle.close();
  }
  return stream.sealed();
}

/** Refuses a folder that holds something else. */
async function prepareFolder(path: string, blobs: string): Promise<void> {
  const marker = join(path, "oci-layout");
  if (!(await exists(marker))) {
    const found = await readdir(path).catch(() => []);
    if (found.length > 0) throw new PublishError(`${path}: is not an OCI image layout, and is not empty`);
  }
  await mkdir(blobs, { recursive: true });
  await removeAbandoned(blobs);
  if (await exists(marker)) return;
  await writeFile(join(path, "index.json"), JSON.stringify(emptyIndex));
  await writeFile(marker, JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}

/** A manifest is listed once for each of its tags, and once without a tag where it has none. A tag names one manifest. */
async function addToIndex(
  path: string,
  { mediaType, digest, bytes }: Document,
  tag: string | undefined,
): Promise<void> {
  const file = join(path, "index.json");
  const index = indexSchema.parse(await readLayoutJson(path, "index.json", limits.layoutIndexBytes));
  const others = index.manifests.filter(
    (one) => one.annotations?.[refName] !== tag || (tag === undefined && one.digest !== digest),
  );
  const annotations = tag === undefined ? {} : { annotations: { [refName]: tag } };
  const manifests = [...others, { mediaType, digest, size: bytes.byteLength, ...annotations }];
  const temporary = join(path, `.index-${randomBytes(8).toString("hex")}.json`);
  await writeFile(temporary, JSON.stringify({ ...index, manifests }));
  await rename(temporary, file);
}

async function writing<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (cause instanceof RegistryError || cause instanceof PublishError) throw cause;
    const why = getErrorCode(cause) ?? "its index.json cannot be read";
    throw unavailable("no-answer", `the image layout cannot be written (${why})`, { cause });
  }
}

function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
