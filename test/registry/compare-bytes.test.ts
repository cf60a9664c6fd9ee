import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { parseDigest, type Digest } from "../../policies/digest.ts";
import { compareWith, type Difference } from "../../registry/compare-bytes.ts";

describe("comparing bytes with a descriptor", () => {
  it("finds no difference in the bytes that it names, in whatever chunks they come", () => {
    expect(compare("abcd", ["a", "bcd"])).toBeUndefined();
    expect(compare("", [])).toBeUndefined();
  });

  it("tells other bytes of the same size by their digest", () => {
    expect(compare("abcd", ["abce"])).toEqual({ kind: "other", digest: digestOf("abce") });
  });

  it("tells fewer bytes by their number", () => {
    expect(compare("abcd", ["abc"])).toEqual({ kind: "shorter", bytes: 3, digest: digestOf("abc") });
  });

  it("says at once that there are more, although the first ones are right", () => {
    const comparison = compareWith({ digest: digestOf("abcd"), size: 4 });
    expect(comparison.add(Buffer.from("abcd"))).toBe(true);
    expect(comparison.add(Buffer.from("e"))).toBe(false);
    expect(comparison.end()).toEqual({ kind: "longer" });
  });
});

function compare(named: string, chunks: readonly string[]): Difference | undefined {
  const comparison = compareWith({ digest: digestOf(named), size: named.length });
  for (const chunk of chunks) comparison.add(Buffer.from(chunk));
  return comparison.end();
}

function digestOf(text: string): Digest {
  const digest = parseDigest(`sha256:${createHash("sha256").update(text).digest("hex")}`);
  if (digest === undefined) throw new Error("expected a digest");
  return digest;
}
