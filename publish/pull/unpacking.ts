import { closeSync, openSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { show } from "../../policies/show.ts";
import { getErrorCode } from "../../runtime/error-code.ts";
import { refused } from "../../registry/errors.ts";
import { fetchVerified } from "../../registry/fetch-verified.ts";
import type { Descriptor } from "../../registry/manifest.ts";
import type { Source } from "../../registry/source.ts";
import { toSafeName } from "./safe-name.ts";
import type { OnFile } from "./on-file.ts";
import { unpackSmall, unpackTar } from "./unpack.ts";
import { verifyWhileReading } from "./verified.ts";

/** A file that was written. */
export interface PulledFile {
  /** Relative to the folder, with `/` between its parts. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
}

/** Packed: what is read as a whole. */
const smallBytes = 1024 * 1024;
const archives: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.layer.v1.tar+gzip",
  "application/vnd.docker.image.rootfs.diff.tar.gzip",
]);
/** What the file system says where a file is in the way of a folder, or the other way round. */
const taken: ReadonlySet<string> = new Set(["EEXIST", "EISDIR", "ENOTDIR"]);
const empty = "application/vnd.oci.empty.v1+json";

/** One artifact on its way into a folder. */
export interface Unpacker {
  /** Throws RegistryError, and what the file system says. */
  layer(source: Source, repository: string, layer: Descriptor, signal: AbortSignal): Promise<void>;
  /** In the order of their names. */
  files(): readonly PulledFile[];
}

/** What is known while an artifact is unpacked. */
interface State {
  readonly root: string;
  readonly maxBytes: number;
  /** Who wrote which file: no layer may write over another's. */
  readonly written: Map<string, { readonly layer: Descriptor; readonly size: number }>;
  readonly folders: Map<string, Promise<unknown>>;
  left: number;
}

/**
 * Writes layers below `root`, a folder that nobody else writes to. Names are attacker-controlled: only regular files with names
 * inside the folder are written, once each, `maxBytes` in all. A layer may be repeated.
 */
export function createUnpacking(root: string, maxBytes: number): Unpacker {
  const state: State = { root, maxBytes, written: new Map(), folders: new Map(), left: maxBytes };
  return {
    async layer(source, repository, layer, signal) {
      if (layer.mediaType === empty) return;
      let took = 0;
      const take = (bytes: number): void => {
        took += bytes;
        state.left -= bytes;
      };
      try {
        const onFile: OnFile = (name, file) => writeFile(state, layer, name, file, take);
        await unpackLayer(source, repository, layer, onFile, signal);
      } catch (error) {
        state.left += took;
        throw error;
      }
    },
    files: () =>
      [...state.written].map(([name, { size }]) => ({ name, size })).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

async function unpackLayer(
  source: Source,
  repository: string,
  layer: Descriptor,
  onFile: OnFile,
  signal: AbortSignal,
): Promise<void> {
  const isArchive = archives.has(layer.mediaType);
  const body = await source.blob(repository, layer.digest, signal);
  if (isArchive && layer.size <= smallBytes) {
    const { digest, size } = layer;
    const bytes = await fetchVerified(body, { digest, size, maxBytes: smallBytes }, signal);
    if ((await unpackSmall(bytes, onFile)) === undefined) await unpackTar(Readable.from([bytes]), onFile);
    return;
  }
  const { chunks, isProved } = verifyWhileReading(body, layer);
  await (isArchive ? unpackTar(chunks, onFile) : onFile(getName(layer), chunks));
  if (!isProved()) throw refused("invalid", "a layer goes on after the end of its archive");
}

async function writeFile(
  state: State,
  layer: Descriptor,
  said: string,
  chunks: AsyncIterable<Uint8Array>,
  took: (bytes: number) => void,
): Promise<void> {
  const { root, written, maxBytes } = state;
  const name = toSafeName(said);
  if (name === undefined) throw refused("invalid", `the name ${show(said)} could lead out of the folder`);
  const before = written.get(name);
  if (before !== undefined && before.layer !== layer)
    throw refused("invalid", `it holds two files with the name ${show(name)}`);
  written.set(name, { layer, size: 0 });
  const fd = await openNew(state, name, join(root, name), before !== undefined);
  let size = 0;
  try {
    for await (const chunk of chunks) {
      size += chunk.byteLength;
      took(chunk.byteLength);
      if (state.left < 0) throw refused("invalid", `it unpacks to more than ${maxBytes} bytes; --max-size allows more`);
      // On this thread, because its processor has the bytes at hand: it has just hashed them.
      writeFileSync(fd, chunk);
    }
  } finally {
    closeSync(fd);
  }
  written.set(name, { layer, size });
}

async function openNew({ folders }: State, name: string, path: string, again: boolean): Promise<number> {
  const folder = dirname(path);
  try {
    const making = folders.get(folder) ?? mkdir(folder, { recursive: true });
    folders.set(folder, making);
    await making;
    return openSync(path, again ? "w" : "wx");
  } catch (cause) {
    if (!taken.has(getErrorCode(cause) ?? "")) throw cause;
    throw refused("invalid", `another of its files is in the way of ${show(name)}`, { cause });
  }
}

/** A layer without a name is called by its digest. */
function getName({ annotations, digest }: Descriptor): string {
  return (
    annotations["olot.layer.content.name"] ??
    annotations["olot.title"] ??
    annotations["org.opencontainers.image.title"] ??
    digest.replace(":", "-")
  );
}
