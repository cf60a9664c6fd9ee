import type { Digest } from "../policies/digest.ts";

/**
 * Where bytes come from. A source proves nothing: callers go through `fetchVerified`, which checks size and digest.
 * `repository` is `host[:port]/path` as a reference spells it. Every method throws RegistryError and nothing else
 * that is not a bug.
 */
export interface Source {
  /** The manifest with this digest. */
  manifest(repository: string, digest: Digest, signal: AbortSignal): Promise<Body>;
  /** The blob with this digest. */
  blob(repository: string, digest: Digest, signal: AbortSignal): Promise<Body>;
  /**
   * Image indexes that list what says to be about this digest, in one or more pages; none where nothing does. Whether it is
   * so stands in each manifest's `subject`: a list proves nothing.
   * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
   */
  referrers(repository: string, digest: Digest, signal: AbortSignal): AsyncIterable<Body>;
  /** The manifest that a tag names now; undefined where there is none. For names that are derived from a digest only. */
  tagged(repository: string, tag: string, signal: AbortSignal): Promise<Body | undefined>;
  /**
   * Names the identity under which this repository is read, so that what one identity may see is never answered to another
   * from a cache. Holds no secret.
   */
  scope(repository: string): string;
}

/** Bytes on their way, unverified and attacker-controlled. Whoever takes a body must read `chunks` or call `cancel`. */
export interface Body {
  /** As the source declares it, without parameters; undefined where it does not. */
  readonly mediaType: string | undefined;
  /** Declared length in bytes; undefined where unknown. */
  readonly length: number | undefined;
  /** Each chunk is its reader's own, to write over or to give back. */
  readonly chunks: AsyncIterable<Uint8Array>;
  cancel(): void;
}
