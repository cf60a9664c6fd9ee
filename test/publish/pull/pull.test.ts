import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { pack, type Header } from "tar-stream";
import { createHttpSource } from "../../../registry/remote/http-source.ts";
import { pullInto } from "../../../publish/pull/pull.ts";
import type { PulledFile } from "../../../publish/pull/unpacking.ts";
import { artifactOf, type BuiltArtifact } from "../../support/artifacts.ts";
import { cut, status, wrongBytes } from "../../support/hostile-registry/faults.ts";
import { storedIn } from "../../support/stored-gzip.ts";
import { startHostileRegistry, type HostileRegistry } from "../../support/hostile-registry/server.ts";

const tarType = "application/vnd.oci.image.layer.v1.tar+gzip";

let folder: string;
let registry: HostileRegistry;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "assaygate-pull-")), "results");
  registry = await startHostileRegistry();
});
afterEach(async () => {
  await registry.close();
  await rm(dirname(folder), { recursive: true, force: true });
});

type Entry = Partial<Header> & { readonly name: string; readonly content?: string };

async function tar(...entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = "", ...header } of entries) archive.entry(header, content);
  archive.finalize();
  return gzipSync(await buffer(archive));
}

const layer = async (...entries: readonly Entry[]): Promise<{ bytes: Buffer; mediaType: string }> => ({
  bytes: await tar(...entries),
  mediaType: tarType,
});

async function pull(artifact: BuiltArtifact, maxBytes = 1024 * 1024): Promise<readonly PulledFile[]> {
  const digest = registry.push("acme/evals", artifact);
  const source = createHttpSource({ registries: [{ host: registry.host, plainHttp: true }] });
  try {
    const target = { repository: `${registry.host}/acme/evals`, digest };
    return await pullInto(source, target, folder, maxBytes, AbortSignal.timeout(10_000));
  } finally {
    await source.close();
  }
}

const invalid = { failure: { kind: "refused", reason: "invalid" } };

/** Nothing is left of a download that failed, not even half of it. */
const expectNothing = async (): Promise<void> => expect(await readdir(dirname(folder))).toEqual([]);

it("writes archives and plain layers, by the names in them", async () => {
  const plain = { bytes: Buffer.from("{}"), mediaType: "application/json" };
  const titled = { ...plain, annotations: { "org.opencontainers.image.title": "card.json" } };
  const files = await pull(
    artifactOf([await layer({ name: "logs", type: "directory" }, { name: "./logs/a.txt", content: "a" }), titled]),
  );
  expect(files).toEqual([
    { name: "card.json", size: 2 },
    { name: "logs/a.txt", size: 1 },
  ]);
  expect(await readFile(join(folder, "logs/a.txt"), "utf8")).toBe("a");
});

it("makes a folder that others may read, as far as the umask lets them", async () => {
  await pull(artifactOf([await layer({ name: "a.txt", content: "a" })]));
  await mkdir(join(folder, "..", "usual"));
  const modes = [folder, join(folder, "..", "usual")].map(async (path) => (await stat(path)).mode);
  expect(new Set(await Promise.all(modes)).size).toBe(1);
});

it.each<[string, readonly Entry[], string]>([
  ["a name that leads out", [{ name: "../evil", content: "x" }], "could lead out of the folder"],
  ["an absolute name", [{ name: "/tmp/evil", content: "x" }], "could lead out of the folder"],
  ["a name that leads out further in", [{ name: "a/../../evil", content: "x" }], "could lead out of the folder"],
  ["a symbolic link", [{ name: "a", type: "symlink", linkname: "/etc" }], "holds a symlink"],
  ["a hard link", [{ name: "a", type: "link", linkname: "/etc/passwd" }], "holds a link"],
  ["a device", [{ name: "a", type: "character-device" }], "holds a character-device"],
  ["a file below a file", [{ name: "a" }, { name: "a/b" }], "in the way of a/b"],
  ["a file in a folder's place", [{ name: "a/b" }, { name: "a" }], "in the way of a"],
])("refuses %s", async (_, entries, message) => {
  await expect(pull(artifactOf([await layer(...entries)]))).rejects.toThrow(message);
  await expectNothing();
});

it.each([
  ["../evil", "could lead out"],
  ["a\u001b[2J", "could lead out"],
])("refuses a title %j", async (title, message) => {
  const annotations = { "org.opencontainers.image.title": title };
  const artifact = artifactOf([{ bytes: Buffer.from("x"), mediaType: "text/plain", annotations }]);
  await expect(pull(artifact)).rejects.toThrow(message);
  await expectNothing();
});

it("refuses two layers with one name", async () => {
  const [one, two] = [await layer({ name: "a", content: "1" }), await layer({ name: "a", content: "2" })];
  await expect(pull(artifactOf([one, two]))).rejects.toThrow("two files with the name a");
  await expectNothing();
});

it("refuses an archive that unpacks to more than it may", async () => {
  const bomb = await layer({ name: "zeros", content: "0".repeat(2 * 1024 * 1024) });
  await expect(pull(artifactOf([bomb]))).rejects.toThrow("unpacks to more than 1048576 bytes");
  await expectNothing();
});

it.each([
  ["no gzip", Buffer.from("plain text")],
  ["a gzip that ends early", gzipSync(Buffer.alloc(10_000, "x")).subarray(0, 30)],
  ["a gzip of no archive", gzipSync(Buffer.alloc(1024, "x"))],
])("refuses %s", async (_, bytes) => {
  await expect(pull(artifactOf([{ bytes, mediaType: tarType }]))).rejects.toThrow(/not a tar\+gzip archive/);
  await expectNothing();
});

it("refuses an archive that ends in a file", async () => {
  const archive = pack();
  archive.entry({ name: "a" }, "x".repeat(10_000));
  archive.finalize();
  const bytes = gzipSync((await buffer(archive)).subarray(0, 5_000));
  await expect(pull(artifactOf([{ bytes, mediaType: tarType }]))).rejects.toMatchObject(invalid);
  await expectNothing();
});

describe("a layer that is too large to be read as a whole", () => {
  const content = randomBytes(2_500_000);
  const tarOf = async (): Promise<Buffer> => {
    const archive = pack();
    archive.entry({ name: "a.bin" }, content);
    archive.finalize();
    return buffer(archive);
  };
  /** As push stores what does not compress: the archive's head in a block of its own, and others of an odd size. */
  const stored = (archive: Buffer): Buffer => storedIn(archive, [512, 50_001]);
  const pulled = (bytes: Buffer): Promise<unknown> => pull(artifactOf([{ bytes, mediaType: tarType }]), 10_000_000);

  it.each<[string, (archive: Buffer) => Buffer]>([
    ["stored as push stores it", stored],
    ["compressed, though it does not compress", (archive) => gzipSync(archive)],
    [
      "compressed in two members",
      (archive) => Buffer.concat([archive.subarray(0, 1e6), archive.subarray(1e6)].map((one) => gzipSync(one))),
    ],
  ])("is written as it was: %s", async (_, packed) => {
    await pulled(packed(await tarOf()));
    expect((await readFile(join(folder, "a.bin"))).equals(content)).toBe(true);
  });

  it.each([
    ["goes on with something else", (packed: Buffer) => Buffer.concat([packed, Buffer.alloc(600_000, "more")])],
    ["goes on with nothing", (packed: Buffer) => Buffer.concat([packed, Buffer.alloc(600_000)])],
    ["is cut off", (packed: Buffer) => packed.subarray(0, 2_000_000)],
  ])("is refused where it is compressed and %s", async (_, damage) => {
    await expect(pulled(damage(gzipSync(await tarOf())))).rejects.toMatchObject(invalid);
    await expectNothing();
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    [
      "is compressed after all",
      (bytes) => Buffer.concat([bytes.subarray(0, 16), Buffer.from([4]), bytes.subarray(17)]),
    ],
    [
      "has a block of another length",
      (bytes) => Buffer.concat([bytes.subarray(0, 19), Buffer.from([0]), bytes.subarray(20)]),
    ],
    ["is cut off in a block", (bytes) => bytes.subarray(0, 2_000_000)],
    ["is cut off before its end", (bytes) => bytes.subarray(0, -1)],
    ["goes on behind its end", (bytes) => Buffer.concat([bytes, Buffer.from("more")])],
    ["states another length", (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([9])])],
  ])("is refused where it says that it is stored and %s", async (_, damage) => {
    await expect(pulled(damage(stored(await tarOf())))).rejects.toMatchObject(invalid);
    await expectNothing();
  });

  it.each<[string, (archive: Buffer) => Buffer]>([
    ["is no archive", (archive) => Buffer.alloc(archive.byteLength, "x")],
    ["ends behind the archive's head", (archive) => archive.subarray(0, 512)],
    ["ends in the archive's file", (archive) => archive.subarray(0, 2_000_000)],
    ["ends before the archive does", (archive) => archive.subarray(0, -1)],
    ["has something behind the archive's file", (archive) => archive.fill("x", archive.byteLength - 1)],
    ["goes on behind the archive", (archive) => Buffer.concat([archive, Buffer.alloc(512)])],
    ["holds a second file", (archive) => Buffer.concat([archive.subarray(0, -1024), archive])],
  ])("is refused where it says that it is stored and %s", async (_, damage) => {
    await expect(pulled(stored(damage(await tarOf())))).rejects.toMatchObject(invalid);
    await expectNothing();
  });

  it("is refused where it says that it is stored and holds a link", async () => {
    const archive = pack();
    archive.entry({ name: "a", type: "symlink", linkname: "/etc/passwd" });
    archive.finalize();
    // Only what is large is read this way.
    const filled = Buffer.concat([await buffer(archive), Buffer.alloc(2_000_000)]);
    await expect(pulled(stored(filled))).rejects.toMatchObject(invalid);
    await expectNothing();
  });
});

it("leaves nothing of bytes that are others than those asked for", async () => {
  registry.misbehave(wrongBytes(), { kind: "blob" });
  const annotations = { "org.opencontainers.image.title": "a" };
  const artifact = artifactOf([{ bytes: Buffer.from("content"), mediaType: "text/plain", annotations }]);
  await expect(pull(artifact)).rejects.toMatchObject({ failure: { reason: "corrupt" } });
  await expectNothing();
});

it("asks again for what broke off, from its beginning", async () => {
  const content = "x".repeat(100_000);
  registry.misbehave(cut(), { kind: "blob", times: 1 });
  const annotations = { "org.opencontainers.image.title": "a" };
  await pull(artifactOf([{ bytes: Buffer.from(content), mediaType: "text/plain", annotations }]));
  expect(await readFile(join(folder, "a"), "utf8")).toBe(content);
  expect(registry.asked("blob")).toHaveLength(2);
});

it("gives up on a registry that does not recover", async () => {
  registry.misbehave(status(403), { kind: "blob" });
  await expect(pull(artifactOf([await layer({ name: "a" })]))).rejects.toMatchObject({
    failure: { kind: "unavailable" },
  });
  await expectNothing();
});

it("refuses a folder that holds something, and asks nobody", async () => {
  await mkdir(folder);
  await writeFile(join(folder, "thesis.txt"), "x");
  await expect(pull(artifactOf([await layer({ name: "a" })]))).rejects.toThrow("is not empty");
  expect(registry.requests).toEqual([]);
});

it("fills a folder that is empty", async () => {
  await mkdir(folder);
  await pull(artifactOf([await layer({ name: "a", content: "1" })]));
  expect(await readFile(join(folder, "a"), "utf8")).toBe("1");
});
