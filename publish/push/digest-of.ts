import { createHash, type Hash } from "node:crypto";
import { parseDigest, type Digest } from "../../policies/digest.ts";

/** The digest of bytes, or of what a hash has seen; a hash can be asked once. */
export function toDigest(from: Uint8Array | Hash): Digest {
  const hash = from instanceof Uint8Array ? createHash("sha256").update(from) : from;
  const digest = parseDigest(`sha256:${hash.digest("hex")}`);
  if (digest === undefined) throw new Error("a hash is a digest");
  return digest;
}
