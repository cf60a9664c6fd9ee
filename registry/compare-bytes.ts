import { createHash } from "node:crypto";
import type { Descriptor } from "./manifest.ts";

/** How bytes differ from the descriptor that asked for them. `digest` is that of the bytes, `sha256:` and lower-case hex. */
export type Difference =
  | { readonly kind: "longer" }
  | { readonly kind: "shorter"; readonly bytes: number; readonly digest: string }
  | { readonly kind: "other"; readonly digest: string };

/** Bytes that are compared with a descriptor as they pass: no more than a chunk of them is held. */
export interface Comparison {
  /** False as soon as there are more than the descriptor states: nothing more is to be added then. */
  add(chunk: Uint8Array): boolean;
  /** What the bytes came to, once; undefined where they are the ones that the descriptor names. */
  end(): Difference | undefined;
}

/** Compares the bytes of a stream with a descriptor: first the size, then sha256. */
export function compareWith({ digest, size }: Pick<Descriptor, "digest" | "size">): Comparison {
  const hash = createHash("sha256");
  let bytes = 0;
  return {
    add(chunk) {
      bytes += chunk.byteLength;
      if (bytes > size) return false;
      hash.update(chunk);
      return true;
    },
    end() {
      if (bytes > size) return { kind: "longer" };
      const found = `sha256:${hash.digest("hex")}`;
      if (bytes < size) return { kind: "shorter", bytes, digest: found };
      return found === digest ? undefined : { kind: "other", digest: found };
    },
  };
}
