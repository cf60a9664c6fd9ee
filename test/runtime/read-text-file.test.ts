import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { readTextFile, sayUnreadable } from "../../runtime/read-text-file.ts";

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
