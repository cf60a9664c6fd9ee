import type { Digest } from "../policies/digest.ts";

/** Bytes that are made while they are read, and what they were once they are all read. */
export interface LayerStream {
  /** Each is good until the next one is asked for: the same memory may be filled again. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** What was read. Throws a plain Error before the end. */
  sealed(): Layer;
}

/** One file as a layer: its place, and what a manifest and an image config say of it. */
export interface Layer {
  readonly name: string;
  readonly digest: Digest;
  /** In bytes, compressed. */
  readonly size: number;
  /** The digest of the archive before compression. https://github.com/opencontainers/image-spec/blob/main/config.md */
  readonly diffId: Digest;
}
