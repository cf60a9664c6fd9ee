import { createHash } from "node:crypto";
import { shortenDigest, type Digest } from "../policies/digest.ts";
import { makeDeadlineError, RegistryError, refused, unavailable } from "./errors.ts";
import { waitInTime } from "./in-time.ts";
import { limits } from "./limits.ts";
import type { Body } from "./source.ts";

/** What the bytes must be. `digest` is the one that was asked for, never one that the answer names. */
export interface ExpectedBytes {
  readonly digest: Digest;
  /** In bytes, where a verified descriptor states it. */
  readonly size?: number;
  readonly maxBytes: number;
  /** Called, and waited for, before more than `limits.smallBytes` are held. */
  readonly takePlace?: (() => Promise<void>) | undefined;
}

/**
 * The body's bytes, proved to be the ones asked for: size first, then sha256. No more than `size` or `maxBytes` is ever
 * held, and the body is cancelled wherever reading ends early.
 *
 * Throws RegistryError: `corrupt` for other bytes, `invalid` for too many, `no-answer` when the stream breaks off,
 * `out-of-time` when the signal aborts.
 * https://github.com/opencontainers/image-spec/blob/main/descriptor.md#verification
 *
 * @example
 * ```ts
 * import type { Digest } from "./policies/digest.ts";
 * import { fetchVerified } from "./registry/fetch-verified.ts";
 * import { limits } from "./registry/limits.ts";
 * import type { Source } from "./registry/source.ts";
 *
 * async function readManifest(source: Source, repository: string, digest: Digest): Promise<Buffer> {
 *   const signal = AbortSignal.timeout(10_000);
 *   const body = await source.manifest(repository, digest, signal);
 *   return await fetchVerified(body, { digest, maxBytes: limits.manifestBytes }, signal);
 * }
 * ```
 */
export async function fetchVerified(body: Body, expected: ExpectedBytes, signal: AbortSignal): Promise<Buffer> {
  try {
    checkDeclared(body, expected);
    // Hashed as it comes: all at once, a large one would hold everybody up.
    const hash = createHash("sha256");
    const bytes = await waitInTime(
      readAll(body, expected, signal, (chunk) => void hash.update(chunk)),
      signal,
    );
    checkDigest(hash.digest("hex"), expected.digest);
    return bytes;
  } catch (error) {
    body.cancel();
    throw error;
  }
}

/** Bytes that nobody has named a digest for: a list, or what a tag names. They prove nothing. Throws as {@link fetchVerified}. */
export async function readBounded(body: Body, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  try {
    if (body.length !== undefined) checkSize(body.length, maxBytes);
    return await waitInTime(readAll(body, { maxBytes }, signal), signal);
  } catch (error) {
    body.cancel();
    throw error;
  }
}

/** For those who know the size before they ask: nothing is requested that would be refused anyway. */
export function checkSize(size: number, maxBytes: number): void {
  if (size > maxBytes) throw refused("invalid", `it has ${size} bytes, but the limit is ${maxBytes}`);
}

function checkDeclared({ length }: Body, { size, maxBytes }: ExpectedBytes): void {
  if (size !== undefined) checkSize(size, maxBytes);
  if (length === undefined) return;
  if (size !== undefined && length !== size) throw otherSize(size, `${length}`);
  checkSize(length, maxBytes);
}

async function readAll(
  body: Body,
  { size, maxBytes, takePlace }: Omit<ExpectedBytes, "digest">,
  signal: AbortSignal,
  see?: (chunk: Uint8Array) => void,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let whole: Buffer | undefined;
  let length = 0;
  try {
    for await (const chunk of body.chunks) {
      length += chunk.byteLength;
      if (size !== undefined && length > size) throw otherSize(size, "more");
      if (length > maxBytes) throw refused("invalid", `it has more than the limit of ${maxBytes} bytes`);
      if (length > limits.smallBytes && length - chunk.byteLength <= limits.smallBytes) {
        await takePlace?.();
        if (size !== undefined) whole = joinStart(size, chunks);
      }
      see?.(chunk);
      if (whole === undefined) chunks.push(chunk);
      else whole.set(chunk, length - chunk.byteLength);
    }
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    throw signal.aborted ? makeDeadlineError({ cause: error }) : brokenOff({ cause: error });
  }
  if (body.length !== undefined && length < body.length) throw brokenOff();
  if (size !== undefined && length !== size) throw otherSize(size, `${length}`);
  return whole ?? Buffer.concat(chunks, length);
}

/** Where the size is known, what is large is not held twice. Takes the chunks that are there. */
function joinStart(size: number, chunks: Uint8Array[]): Buffer {
  const whole = Buffer.allocUnsafeSlow(size);
  let at = 0;
  for (const chunk of chunks.splice(0)) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

function checkDigest(hex: string, digest: Digest): void {
  const found = `sha256:${hex}`;
  if (found === digest) return;
  throw refused("corrupt", `the bytes hash to ${shortenDigest(found)}, not to ${shortenDigest(digest)}`);
}

function otherSize(size: number, found: string): RegistryError {
  return refused("corrupt", `the manifest states ${size} bytes, but the registry sent ${found}`);
}

function brokenOff(options?: ErrorOptions): RegistryError {
  return unavailable("no-answer", "the connection broke off before the evidence was read", options);
}
