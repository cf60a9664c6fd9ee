import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { ResultFile } from "../../../publish/push/folder.ts";
import { largeBytes, openLayer, packLayer } from "../../../publish/push/layer.ts";
import { type Layer } from "../../../registry/layer.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assaygate-layer-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const time = new Date("2026-11-20T12:00:00Z");
const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const text = (bytes: number): Buffer => Buffer.alloc(bytes, "what compresses well, ");

async function fileOf(content: Uint8Array, name = "logs/a.bin"): Promise<ResultFile> {
  const path = join(folder, "content");
  await writeFile(path, content);
  return { name, path, size: content.byteLength, modified: (await stat(path)).mtime };
}

/** Every chunk is copied before the next one is asked for, as its reader must. */
async function packed(file: ResultFile, compressLarge = false): Promise<{ bytes: Buffer; layer: Layer }> {
  const stream = await openLayer(file, time, compressLarge);
  const chunks: Buffer[] = [];
  for await (const chunk of stream.chunks) chunks.push(Buffer.from(chunk));
  return { bytes: Buffer.concat(chunks), layer: stream.sealed() };
}

describe.each<[string, (file: ResultFile) => Promise<{ bytes: Buffer; layer: Layer }>]>([
  ["as a stream", (file) => packed(file)],
  ["in memory", (file) => packLayer(file, time)],
])("a layer, %s", (_, pack) => {
  it.each<[string, string, Uint8Array]>([
    ["nothing", "empty", Buffer.alloc(0)],
    ["a text", "results.json", Buffer.from('{"accuracy":0.64}')],
    ["what compresses", "logs/a.txt", text(700_001)],
    ["what does not", "logs/a.bin", randomBytes(700_001)],
    ["a whole number of tar's blocks", "a", randomBytes(1024)],
    ["a name that is long and not plain", `${"déjà-vu/".repeat(20)}ß.txt`, Buffer.from("x")],
  ])("is what tar and gzip unpack: %s", async (__, name, content) => {
    const { bytes, layer } = await pack(await fileOf(content, name));
    const tar = gunzipSync(bytes);
    expect(layer).toEqual({ name, digest: sha256(bytes), size: bytes.byteLength, diffId: sha256(tar) });
    await writeFile(join(folder, "layer.tar.gz"), bytes);
    const listing = ["-tvzf", "layer.tar.gz", "--utc", "--numeric-owner", "--full-time"];
    const { stdout } = await promisify(execFile)("tar", listing, { cwd: folder, env: { LC_ALL: "C.UTF-8" } });
    expect(stdout).toMatch(/^-rw-rw-r-- 0\/0 +\d+ 2026-11-20 12:00:00 \S+\n$/);
    await promisify(execFile)("tar", ["-xzf", "layer.tar.gz", "--one-top-level=out"], { cwd: folder });
    expect((await readFile(join(folder, "out", name))).equals(content)).toBe(true);
  });

  it("is not made of a file that has another size by now", async () => {
    for (const change of [(path: string) => appendFile(path, "x"), (path: string) => truncate(path, 10)]) {
      const file = await fileOf(randomBytes(200_000));
      await change(file.path);
      await expect(pack(file)).rejects.toThrow("logs/a.bin cannot be read as it was found: it changed meanwhile");
    }
  });
});

it("is smaller than the file where that compresses, and hardly larger where it does not", async () => {
  expect((await packed(await fileOf(text(3_000_000)))).layer.size).toBeLessThan(100_000);
  expect((await packed(await fileOf(randomBytes(3_000_000)))).layer.size).toBeLessThan(3_010_000);
});

it("is stored where the file is large, unless it is to be compressed", async () => {
  const file = await fileOf(text(largeBytes + 1));
  expect((await packed(file)).layer.size).toBeGreaterThan(largeBytes);
  expect((await packed(file, true)).layer.size).toBeLessThan(largeBytes / 10);
});
