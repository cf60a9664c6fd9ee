import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { parseTrustedRoot } from "../../evidence/signature/trust.ts";
import { startTuf, type TestTuf } from "../support/tuf.ts";
import { createProgram, type Program, type Ran } from "./program.ts";

jest.setTimeout(30_000);

const publicGood = await readFile(
  join(import.meta.dirname, "../evidence/signature/fixture/public-good-trusted-root.json"),
  "utf8",
);
const older = JSON.stringify({ ...JSON.parse(publicGood), timestampAuthorities: [] });

describe("assaygate trusted-root", () => {
  let program: Program;
  let tuf: TestTuf;

  beforeEach(async () => {
    program = await createProgram();
    tuf = await startTuf();
    tuf.publish(publicGood, { version: 2 });
    await program.write("root.json", tuf.root);
  });
  afterEach(async () => {
    await tuf[Symbol.asyncDispose]();
    await program.remove();
  });

  const refresh = (...more: string[]): Promise<Ran> =>
    program.runWith(
      { env: { XDG_CACHE_HOME: program.folder } },
      "trusted-root",
      "--mirror",
      tuf.url,
      "--root",
      "root.json",
      ...more,
    );
  const written = (): Promise<string> => readFile(join(program.folder, "trusted_root.json"), "utf8");

  it("writes what the repository's keys vouch for, in the form that the gate reads", async () => {
    const { code, out } = await refresh();
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining("transparency logs") });
    expect(parseTrustedRoot(await written())).toEqual(parseTrustedRoot(publicGood));
  });

  it("writes nothing where nothing is new", async () => {
    await refresh();
    expect((await refresh()).out).toContain("is up to date");
  });

  it("takes a newer one", async () => {
    await refresh();
    tuf.publish(older, { version: 3 });
    await refresh();
    expect(parseTrustedRoot(await written()).timestampAuthorities).toEqual([]);
  });

  describe("with --signing-config", () => {
    const config = ["--signing-config", "signing_config.json"];
    const signing = JSON.stringify({
      mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
      caUrls: [{ url: "https://fulcio.example.com", majorApiVersion: 1, validFor: { start: "2024-01-01T00:00:00Z" } }],
      tsaUrls: [{ url: "https://tsa.example.com", majorApiVersion: 1, validFor: { start: "2024-01-01T00:00:00Z" } }],
      tsaConfig: { selector: "ANY" },
    });
    const publish = (content: string, version = 3): void =>
      tuf.publish(publicGood, { version, others: { "signing_config.v0.2.json": content } });

    it("writes the services that sign, too", async () => {
      publish(signing);
      expect(await refresh(...config)).toMatchObject({ code: 0, err: "" });
      expect(await readFile(join(program.folder, "signing_config.json"), "utf8")).toBe(signing);
      expect(parseTrustedRoot(await written())).toEqual(parseTrustedRoot(publicGood));
    });

    it.each<[string, () => void, RegExp]>([
      ["there are none", () => undefined, /could not be refreshed/],
      [
        "they are something else",
        () => publish("{}"),
        /could not be refreshed: it is not a signing_config.json of Sig/,
      ],
      [
        "they were changed",
        () => {
          publish(signing);
          tuf.files.set("/targets/signing_config.v0.2.json", signing.replace("fulcio", "evil"));
        },
        /could not be refreshed/,
      ],
    ])("writes neither file where %s", async (_, change, words) => {
      change();
      expect(await refresh(...config)).toMatchObject({ code: 3, out: "", err: expect.stringMatching(words) });
      await expect(written()).rejects.toThrow("ENOENT");
      await expect(readFile(join(program.folder, "signing_config.json"))).rejects.toThrow("ENOENT");
    });
  });

  it.each<[string, (repository: TestTuf) => unknown]>([
    [
      "a target that was changed",
      (repository) => {
        repository.publish(older, { version: 3 });
        repository.files.set("/targets/trusted_root.json", publicGood);
      },
    ],
    ["an older state (rollback)", (repository) => repository.publish(older, { version: 1 })],
    [
      "a state that has expired (freeze)",
      (repository) => repository.publish(older, { version: 3, expires: "2020-01-01T00:00:00Z" }),
    ],
    ["no repository", ({ files }) => files.clear()],
    ["a target that is no trusted root", (repository) => repository.publish("{}", { version: 3 })],
  ])("with %s it keeps the file that is there", async (_, change) => {
    await refresh();
    const before = await written();
    change(tuf);
    const { code, err } = await refresh();
    expect({ code, err }).toEqual({ code: 3, err: expect.stringContaining("is unchanged") });
    expect(await written()).toBe(before);
  });

  it("believes no repository that other keys signed", async () => {
    await using another = await startTuf();
    await program.write("root.json", another.root);
    expect(await refresh()).toMatchObject({ code: 3 });
  });

  it.each([
    ["a root that is not there", ["--root", "missing.json"], "missing.json: cannot be read (ENOENT)"],
    ["an operand", ["file"], "trusted-root takes no operand"],
    ["a mirror that is no URL", ["--mirror", "sigstore"], "--mirror: expected the URL"],
  ])("says what is wrong with %s", async (_, args, message) => {
    expect(await refresh(...args)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  });
});
