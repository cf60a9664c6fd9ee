declare const digestBrand: unique symbol;

/** A sha256 digest in its one canonical spelling, `sha256:` and 64 lower-case hex digits. Made by {@link parseDigest} only. */
export type Digest = string & { readonly [digestBrand]: true };

const canonical = /^sha256:[0-9a-f]{64}$/;

/**
 * The text as a digest, or undefined when it is anything else: another algorithm, upper case, too short, padded.
 * Nothing is trimmed or folded. https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
 */
export function parseDigest(text: string): Digest | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the only place where a text becomes a digest
  return canonical.test(text) ? (text as Digest) : undefined;
}

/** `sha256:12ab34cd…`: enough to recognise a digest in a message. */
export function shortenDigest(digest: string): string {
  return digest.length > 16 ? `${digest.slice(0, 15)}…` : digest;
}
