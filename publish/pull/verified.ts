import { shortenDigest } from "../../policies/digest.ts";
import { compareWith, type Difference } from "../../registry/compare-bytes.ts";
import { RegistryError, refused, unavailable } from "../../registry/errors.ts";
import type { Descriptor } from "../../registry/manifest.ts";
import type { Body } from "../../registry/source.ts";
import { splitIntoPieces } from "./in-pieces.ts";

/** Few enough pieces that what each costs does not count, and small enough for a processor's cache. */
const pieceBytes = 512 * 1024;

/** Bytes that are passed on before they are proved. Nothing made of them may be used until `isProved`. */
export interface UnprovedBytes {
  /** Each is its reader's to write over, until the next one is asked for. */
  readonly chunks: AsyncIterable<Uint8Array>;
  isProved(): boolean;
}

/**
 * The bytes of a body while they are compared with the descriptor that asked for them, however many they are. Reading throws
 * `corrupt` for other bytes and `no-answer` where they break off.
 */
export function verifyWhileReading(body: Body, descriptor: Descriptor): UnprovedBytes {
  const { size } = descriptor;
  let proved = false;
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const comparison = compareWith(descriptor);
    for await (const piece of unbroken(body, Math.min(pieceBytes, size + 1))) {
      if (!comparison.add(piece)) break;
      yield piece;
    }
    const difference = comparison.end();
    if (difference?.kind === "shorter" && body.length === size) throw brokenOff();
    if (difference !== undefined) throw refused("corrupt", sayDifference(difference, descriptor));
    proved = true;
  }
  return { chunks: chunks(), isProved: () => proved };
}

function sayDifference(difference: Difference, { digest, size }: Descriptor): string {
  if (difference.kind === "longer") return `the manifest states ${size} bytes, but the registry sent more`;
  return `the bytes hash to ${shortenDigest(difference.digest)}, not to ${shortenDigest(digest)}`;
}

async function* unbroken(body: Body, most: number): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of splitIntoPieces(body.chunks, most)) yield piece;
  } catch (cause) {
    throw cause instanceof RegistryError ? cause : brokenOff({ cause });
  } finally {
    body.cancel();
  }
}

function brokenOff(options?: ErrorOptions): RegistryError {
  return unavailable("no-answer", "the connection broke off before everything was read", options);
}
