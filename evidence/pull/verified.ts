import { createHash } from "node:crypto";
import { shortDigest } from "../../policies/digest.ts";
import { EvidenceError, refused, unavailable } from "../errors.ts";
import type { Descriptor } from "../manifest.ts";
import type { Body } from "../source.ts";

/** Bytes that are passed on before they are proved. Nothing made of them may be used until `isProved`. */
export interface Verifying {
  readonly chunks: AsyncIterable<Uint8Array>;
  isProved(): boolean;
}

/**
 * The bytes of a body while they are compared with the descriptor that asked for them, however many they are. Reading throws
 * EVIDENCE_CORRUPT for other bytes and REGISTRY_UNAVAILABLE where they break off.
 */
export function verifying(body: Body, { digest, size }: Descriptor): Verifying {
  let proved = false;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256");
    let length = 0;
    for await (const chunk of unbroken(body)) {
      length += chunk.byteLength;
      if (length > size) throw refused("EVIDENCE_CORRUPT", `the manifest states ${size} bytes, the registry sent more`);
      hash.update(chunk);
      yield chunk;
    }
    if (length < size && body.length === size)
      throw unavailable("REGISTRY_UNAVAILABLE", "the connection broke off before everything was read");
    const found = `sha256:${hash.digest("hex")}`;
    if (length !== size || found !== digest)
      throw refused("EVIDENCE_CORRUPT", `the bytes hash to ${shortDigest(found)}, not to ${shortDigest(digest)}`);
    proved = true;
  }
  return { chunks: chunks(), isProved: () => proved };
}

async function* unbroken(body: Body): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body.chunks) yield chunk;
  } catch (cause) {
    if (cause instanceof EvidenceError) throw cause;
    throw unavailable("REGISTRY_UNAVAILABLE", "the connection broke off before everything was read", { cause });
  } finally {
    body.cancel();
  }
}
