import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import {
  fileBytes,
  readBoundedBytes,
  readBoundedText,
  readTextFile,
  sayUnreadable,
} from "../../runtime/read-text-file.ts";

class OwnError extends Error {}

const folder = mkdtempSync(join(tmpdir(), "assaygate-read-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const asError = (message: string, cause: unknown): Error => new OwnError(message, { cause });

describe("reading a text file", () => {
  it("gives its text", () => {
    const file = join(folder, "there.txt");
    writeFileSync(file, "text\n");
    expect(readTextFile(file, asError)).toBe("text\n");
  });

  it("throws the reader's error, with the system's code and its error as the cause", () => {
    const file = join(folder, "missing.txt");
    const read = (): string => readTextFile(file, asError);
    expect(read).toThrow(OwnError);
    expect(read).toThrow(`${file}: cannot be read (ENOENT)`);
    expect(read).toThrow(expect.objectContaining({ cause: expect.objectContaining({ code: "ENOENT" }) }));
  });

  it("names the file as its user does", () => {
    expect(() => readTextFile(join(folder, "missing.txt"), asError, "my.txt")).toThrow(
      "my.txt: cannot be read (ENOENT)",
    );
  });

  it("says so where the system gives no code", () => {
    expect(sayUnreadable("my.txt", new Error("other"))).toBe("my.txt: cannot be read (unknown error)");
  });
});

describe("what is larger than a reader takes", () => {
  const large = join(folder, "large.txt");
  const sayLarge = `${large}: is larger than 16 MiB, the most that is read of it`;
  writeFileSync(large, "");
  truncateSync(large, fileBytes + 1);

  it("is refused by its size, with the limit", () => {
    expect(() => readTextFile(large, asError)).toThrow(sayLarge);
  });

  it("is read up to the limit, and no further where nothing says how large it is", async () => {
    const file = join(folder, "ten.txt");
    writeFileSync(file, "0123456789");
    expect([readBoundedText(file, 10), String(await readBoundedBytes(file, 10))]).toEqual(["0123456789", "0123456789"]);
    expect(() => readBoundedText(file, 9)).toThrow("is larger than");
    expect(() => readBoundedText("/dev/zero", 100_000)).toThrow("is larger than");
    await expect(readBoundedBytes("/dev/zero", 1024)).rejects.toThrow("is larger than 1 KiB");
    await expect(readBoundedBytes(file, 9)).rejects.toThrow("is larger than");
  });

  it("is read of a pipe, few bytes at a time", () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    spawn("sh", ["-c", 'for one in $(seq 300); do printf "é$one "; done > "$0"', pipe], { stdio: "ignore" });
    const text = Array.from({ length: 300 }, (_, at) => `é${at + 1} `).join("");
    expect(readBoundedText(pipe, 4_096)).toBe(text);
  });

  it("is read whole where it is long, and where the system says no size", () => {
    const text = "0123456789".repeat(20_000);
    writeFileSync(join(folder, "long.txt"), text);
    expect(readBoundedText(join(folder, "long.txt"), text.length)).toBe(text);
    expect(() => readBoundedText(join(folder, "long.txt"), text.length - 1)).toThrow("is larger than");
    expect(readBoundedText("/proc/self/status", 8_192)).toContain("VmRSS");
  });

  it("is no folder", () => {
    expect(() => readTextFile(folder, asError)).toThrow(`${folder}: cannot be read (EISDIR)`);
  });
});
