import type { Document } from "./document.ts";
import type { Layer, LayerStream } from "./layer.ts";

/**
 * Where bytes go to. `repository` is `host[:port]/path` as a reference spells it. Everything may be repeated: bytes are named
 * by their digest. Every method throws RegistryError, and PublishError where what is sent cannot be read.
 */
export interface PushTarget {
  /** Sends bytes, unless they are there. */
  blob(repository: string, blob: Document, signal: AbortSignal): Promise<void>;
  /** Sends what is made on the way, from its beginning again where it breaks off. `open` makes it anew. */
  layer(repository: string, open: () => Promise<LayerStream>, signal: AbortSignal): Promise<Layer>;
  /** Sends a manifest, which gets the tag where there is one. */
  manifest(
    repository: string,
    manifest: Document,
    tag: string | undefined,
    signal: AbortSignal,
  ): Promise<{
    /** Whether the manifest will be among the referrers of its subject by itself. */
    readonly listsReferrers: boolean;
  }>;
  close(): Promise<void>;
}
