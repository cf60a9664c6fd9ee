import { createHash } from "node:crypto";
import { expect, it } from "@jest/globals";
import { toDigest } from "../../../publish/push/digest-of.ts";
import type { Digest } from "../../../policies/digest.ts";
import { verifyWhileReading } from "../../../publish/pull/verified.ts";

const sha256 = (text: string): Digest => toDigest(createHash("sha256").update(text));

/** Reads a body that holds `sent` where the manifest promises `promised`. */
async function read(sent: string, promised: string, length?: number): Promise<string> {
  async function* chunks(): AsyncGenerator<Buffer> {
    for (const letter of sent) yield Buffer.from(letter);
  }
  const body = { mediaType: undefined, length, chunks: chunks(), cancel: () => undefined };
  const descriptor = { mediaType: "text/plain", digest: sha256(promised), size: promised.length, annotations: {} };
  const { chunks: verified, isProved } = verifyWhileReading(body, descriptor);
  let text = "";
  for await (const chunk of verified) {
    expect(isProved()).toBe(false);
    text += Buffer.from(chunk).toString();
  }
  expect(isProved()).toBe(true);
  return text;
}

it.each(["", "a", "abc"])("proves %j when it is read to its end", async (text) => {
  await expect(read(text, text)).resolves.toBe(text);
});

it.each([
  ["more", "abcd", "abc"],
  ["something where nothing was promised", "a", ""],
  ["less", "ab", "abc"],
  ["something else", "abd", "abc"],
])("refuses %s", async (_, sent, promised) => {
  await expect(read(sent, promised)).rejects.toMatchObject({ failure: { reason: "corrupt" } });
});

it("takes less for a broken connection where the registry promised all", async () => {
  await expect(read("ab", "abc", 3)).rejects.toMatchObject({ failure: { reason: "no-answer" } });
});
