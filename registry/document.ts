import type { Digest } from "../policies/digest.ts";

/** Bytes under the digest that names them. */
export interface Document {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}
