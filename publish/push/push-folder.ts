import type { Digest } from "../../policies/digest.ts";
import type { NonEmpty } from "../../policies/non-empty.ts";
import type { StringMap } from "../../policies/workload.ts";
import { RegistryError, refused } from "../../registry/errors.ts";
import { fetchVerified } from "../../registry/fetch-verified.ts";
import { limits } from "../../registry/limits.ts";
import type { Source } from "../../registry/source.ts";
import { attach } from "./attach.ts";
import type { ResultFile } from "./folder.ts";
import { makeImageConfig, makeImageManifest, resultsArtifactType, type Subject } from "./image.ts";
import { mapInParallel } from "../../runtime/in-parallel.ts";
import { openLayer, packLayer } from "./layer.ts";
import { type Layer, type LayerStream } from "../../registry/layer.ts";
import { PublishError } from "../../registry/publish-error.ts";
import type { PushTarget } from "../../registry/target.ts";

/** How a folder becomes an artifact. */
export interface PushOptions {
  readonly annotations: StringMap;
  /** What the results are about: the model's manifest. */
  readonly subject: Subject | undefined;
  readonly tag: string | undefined;
  /** The time in the image config; undefined for none. */
  readonly created: Date | undefined;
  /** The time of every file; undefined for its own. */
  readonly modified: Date | undefined;
  /** Whether large files are compressed, too, which takes several times as long. */
  readonly compressLarge: boolean;
}

/** What was pushed. */
export interface PushResult {
  readonly digest: Digest;
  readonly layers: readonly Layer[];
}

/** Told of bytes of files as they are packed, and of files that are done. */
export interface PushObserver {
  packed(bytes: number): void;
  done(file: ResultFile): void;
}

/** Files up to this size are packed in memory, so that their digest is known before they are sent, or not sent again. */
const smallBytes = 1024 * 1024;
const filesAtOnce = 8;

/**
 * Publishes files as one artifact: each a layer, then the config, then the manifest, so that a reader never meets a half of
 * it. Reads the manifest back and compares it. May be repeated. Throws RegistryError, and PublishError for files that changed
 * meanwhile.
 *
 * @example
 * ```ts
 * import { listFolder } from "./publish/push/folder.ts";
 * import { pushFolder } from "./publish/push/push-folder.ts";
 * import { createLayoutSource } from "./registry/layout/layout-source.ts";
 * import { createLayoutTarget } from "./registry/layout/layout-target.ts";
 *
 * const to = { target: createLayoutTarget("layout"), source: createLayoutSource("layout") };
 * const created = new Date();
 * const annotations = { "org.opencontainers.image.title": "nightly" };
 * const options = { annotations, subject: undefined, tag: "nightly", created, modified: undefined, compressLarge: false };
 * const observer = { packed: () => undefined, done: () => undefined };
 * const signal = AbortSignal.timeout(60_000);
 * const files = await listFolder("results", false);
 * const { digest } = await pushFolder(to, "quay.io/acme/evals", files, options, observer, signal);
 * ```
 */
export async function pushFolder(
  { target, source }: { readonly target: PushTarget; readonly source: Source },
  repository: string,
  files: NonEmpty<ResultFile>,
  { annotations, subject, tag, created, modified, compressLarge }: PushOptions,
  observer: PushObserver,
  signal: AbortSignal,
): Promise<PushResult> {
  const layers = await mapInParallel(files, filesAtOnce, async (file) => {
    const time = modified ?? file.modified;
    const open = (): Promise<LayerStream> => openLayer(file, time, compressLarge);
    const layer =
      file.size <= smallBytes
        ? await pushSmall(target, repository, file, time, signal)
        : await target.layer(repository, observed(open, observer), signal);
    observer.done(file);
    return layer;
  });
  const config = makeImageConfig(layers, created);
  await target.blob(repository, config, signal);
  const manifest = makeImageManifest(config, layers, annotations, subject);
  if (manifest.bytes.byteLength > limits.manifestBytes)
    throw new PublishError(`${files.length} files make a manifest of more than ${limits.manifestBytes} bytes`);
  if (subject === undefined) await target.manifest(repository, manifest, tag, signal);
  else {
    const referrer = { manifest, artifactType: resultsArtifactType, subject: subject.digest, annotations };
    await attach({ target, source }, repository, referrer, tag, signal);
  }
  await readBack(source, repository, manifest.digest, signal);
  return { digest: manifest.digest, layers };
}

async function pushSmall(
  target: PushTarget,
  repository: string,
  file: ResultFile,
  modified: Date,
  signal: AbortSignal,
): Promise<Layer> {
  const { layer, bytes } = await packLayer(file, modified);
  await target.blob(repository, { mediaType: "application/octet-stream", digest: layer.digest, bytes }, signal);
  return layer;
}

/** Of what a retry packs again nothing is counted twice: progress never runs backwards. */
function observed(open: () => Promise<LayerStream>, observer: PushObserver): () => Promise<LayerStream> {
  let reported = 0;
  return async () => {
    const stream = await open();
    let read = 0;
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for await (const chunk of stream.chunks) {
        read += chunk.byteLength;
        if (read > reported) {
          observer.packed(read - reported);
          reported = read;
        }
        yield chunk;
      }
    }
    return { chunks: chunks(), sealed: stream.sealed };
  };
}

/** The registry's own digest proves nothing: the bytes do. */
async function readBack(source: Source, repository: string, digest: Digest, signal: AbortSignal): Promise<void> {
  try {
    const body = await source.manifest(repository, digest, signal);
    await fetchVerified(body, { digest, maxBytes: limits.manifestBytes }, signal);
  } catch (error) {
    if (!(error instanceof RegistryError) || error.failure.kind === "unavailable") throw error;
    throw refused("corrupt", `what was pushed cannot be read back: ${error.failure.message}`, {
      cause: error,
    });
  }
}
