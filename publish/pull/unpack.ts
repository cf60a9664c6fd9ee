import { createGunzip, gunzipSync } from "node:zlib";
import { extract, type Extract } from "tar-stream";
import { show } from "../../policies/show.ts";
import { getErrorCode } from "../../runtime/error-code.ts";
import { RegistryError, refused } from "../../registry/errors.ts";
import { storedHead } from "../push/stored-gzip.ts";
import { pieceBytes, pipeThroughZlib } from "../../runtime/through-zlib.ts";
import { createByteReader } from "./byte-reader.ts";
import { isStored } from "./stored-gunzip.ts";
import type { OnFile } from "./on-file.ts";
import { unpackStored } from "./unpack-stored.ts";

/** Passes on the files of a tar+gzip archive of any size. Throws RegistryError, and what `onFile` throws. */
export async function unpackTar(packed: AsyncIterable<Uint8Array>, onFile: OnFile): Promise<void> {
  await using bytes = createByteReader(packed);
  const head = await bytes.exactly(storedHead.byteLength);
  if (isStored(head)) return await unpackStored(bytes, onFile);
  const archive = extract();
  const feeding = feed(
    archive,
    pipeThroughZlib(createGunzip({ chunkSize: pieceBytes }), startingWith(head, bytes.rest())),
  );
  feeding.catch((error: Error) => archive.destroy(error));
  try {
    await readEntries(archive, onFile);
    await feeding;
  } catch (error) {
    archive.destroy();
    await feeding.catch(() => undefined);
    throw asEvidence(error);
  }
}

/** The same for one in memory. Undefined for one that unpacks to much, before any of it was passed on. */
export async function unpackSmall(bytes: Buffer, onFile: OnFile): Promise<true | undefined> {
  const tar = inflate(bytes);
  if (tar === undefined) return undefined;
  const archive = extract();
  archive.end(tar);
  try {
    await readEntries(archive, onFile);
    return true;
  } catch (error) {
    throw asEvidence(error);
  }
}

/** What is unpacked as a whole. */
const smallBytes = 1024 * 1024;

function inflate(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: smallBytes });
  } catch (error) {
    if (getErrorCode(error) === "ERR_BUFFER_TOO_LARGE") return undefined;
    throw asEvidence(error);
  }
}

async function* startingWith(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** tar-stream's types do not say what its streams hold. */
function readBytes(entry: AsyncIterable<unknown>): AsyncIterable<Uint8Array> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it holds bytes, and says so in its documentation
  return entry as AsyncIterable<Uint8Array>;
}

async function readEntries(archive: Extract, onFile: OnFile): Promise<void> {
  for await (const entry of archive) {
    const { type, name } = entry.header;
    if (type === "file") await onFile(name, readBytes(entry));
    else if (type === "directory") entry.resume();
    else throw refused("invalid", `a layer holds a ${show(type ?? undefined)}, ${show(name)}; only files are written`);
  }
}

/** Ends early where the archive's reader has gone. */
async function feed(archive: Extract, tar: AsyncIterable<Uint8Array>): Promise<void> {
  let woken = Promise.withResolvers<void>();
  const wake = (): void => woken.resolve();
  archive.on("drain", wake).on("close", wake);
  for await (const chunk of tar) {
    if (archive.destroyed) return;
    woken = Promise.withResolvers<void>();
    if (!archive.write(chunk)) await woken.promise;
  }
  archive.end(undefined);
}

/** `ENOSPC` and its like, where a library's own codes have an underscore. */
const fileSystemCode = /^E[A-Z0-9]+$/;

/** What zlib and the archive's reader say of bytes that are none of theirs. */
function asEvidence(error: unknown): unknown {
  if (error instanceof RegistryError || fileSystemCode.test(getErrorCode(error) ?? "")) return error;
  return refused("invalid", "a layer is not a tar+gzip archive", { cause: error });
}
