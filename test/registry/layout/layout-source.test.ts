import { describe, it, expect, beforeEach, afterEach } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { mkdtemp, rename, rm, symlink, truncate, unlink, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchVerified } from "../../../registry/fetch-verified.ts";
import { createLayoutSource } from "../../../registry/layout/layout-source.ts";
import { limits } from "../../../registry/limits.ts";
import { readArtifact, readContent } from "../../../evidence/read-artifact.ts";
import { digestOf, evalhubArtifact, genericArtifact, writeLayout } from "../../support/artifacts.ts";
import { outcomeOf } from "../outcome.ts";

const never = new AbortController().signal;
const artifact = evalhubArtifact();
const { digest } = artifact;
const hex = digest.slice("sha256:".length);
const repository = "quay.io/acme/evals";

describe("an image layout as a source", () => {
  let base = "";
  let folder = "";
  let blob = "";
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), "assaygate-layout-"));
    folder = join(base, "layout");
    blob = join(folder, "blobs", "sha256", hex);
    await writeLayout(folder, [artifact, genericArtifact()]);
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  const outcome = (signal: AbortSignal = never): Promise<string> =>
    outcomeOf(async () =>
      fetchVerified(
        await createLayoutSource(folder).manifest(repository, digest, signal),
        { digest, maxBytes: 1e6 },
        never,
      ),
    );

  it("answers every repository, by digest", async () => {
    const source = createLayoutSource(folder);
    for (const name of [repository, "ghcr.io/other/place"]) {
      const read = await readArtifact(source, name, digest, never);
      expect(read.artifact).toMatchObject({ kind: "evalhub-results", repository: name });
      expect(await readContent(source, read, never)).toMatchObject({ content: { kind: "read" } });
    }
  });

  it("declares the length and no media type", async () => {
    const body = await createLayoutSource(folder).manifest(repository, digest, never);
    expect(body).toMatchObject({ mediaType: undefined, length: artifact.manifest.byteLength });
    body.cancel();
  });

  it.each([
    ["index.json", limits.layoutIndexBytes, "8 MiB"],
    ["oci-layout", limits.layoutMarkerBytes, "4 KiB"],
  ])("T05 reads no more of %s than real ones have, and says so", async (name, maxBytes, limit) => {
    await truncate(join(folder, name), maxBytes + 1);
    const source = createLayoutSource(folder);
    const asked =
      name === "index.json" ? source.tagged(repository, "v1", never) : source.manifest(repository, digest, never);
    await expect(asked).rejects.toMatchObject({
      failure: { kind: "refused" },
      message: expect.stringContaining(`the image layout's ${name} is larger than ${limit}`),
    });
  });

  it("answers absent for a digest that it does not hold", async () => {
    await unlink(blob);
    expect(await outcome()).toBe("absent");
  });

  it("T02 notices bytes that were changed", async () => {
    await writeFile(blob, genericArtifact().manifest);
    expect(await outcome()).toBe("corrupt");
  });

  it.each([
    ["a folder that is not there", () => rm(folder, { recursive: true })],
    ["a folder without the file oci-layout", () => unlink(join(folder, "oci-layout"))],
    ["a layout of another version", () => writeFile(join(folder, "oci-layout"), '{"imageLayoutVersion":"2.0.0"}')],
    ["a broken file oci-layout", () => writeFile(join(folder, "oci-layout"), "{")],
    ["a file in the folder's place", () => rm(folder, { recursive: true }).then(() => writeFile(folder, ""))],
    [
      "a file in the place of the blobs",
      () => rm(join(folder, "blobs"), { recursive: true }).then(() => writeFile(join(folder, "blobs"), "")),
    ],
  ])("could not look: %s", async (_, spoil) => {
    await spoil();
    expect(await outcome()).toBe("no-answer");
  });

  it("follows a link inside the folder, as volumes of Kubernetes have them", async () => {
    await rename(join(folder, "blobs"), join(folder, "..data"));
    await symlink("..data", join(folder, "blobs"));
    expect(await outcome()).toBe("accepted");
  });

  it("T16 refuses a blob that is a link out of the folder", async () => {
    const outside = join(base, "layout-secret");
    await rename(blob, outside);
    await symlink(outside, blob);
    expect(await outcome()).toBe("invalid");
  });

  it("T16 refuses blobs that all lie outside the folder", async () => {
    await rename(join(folder, "blobs"), join(base, "blobs"));
    await symlink(join(base, "blobs"), join(folder, "blobs"));
    expect(await outcome()).toBe("invalid");
  });

  it.each([
    ["a folder", () => mkdir(blob)],
    ["a pipe, which it does not wait for", async () => void execFileSync("/usr/bin/env", ["mkfifo", blob])],
  ])("refuses a blob that is %s", async (_, make) => {
    await unlink(blob);
    await make();
    expect(await outcome()).toBe("invalid");
  });

  it("looks at the folder each time, so that it can be filled while the gate runs", async () => {
    const source = createLayoutSource(folder);
    const late = genericArtifact({ late: "true" });
    const look = (): Promise<string> => outcomeOf(() => readArtifact(source, repository, late.digest, never));
    expect(await look()).toBe("absent");
    await writeLayout(folder, [late]);
    expect(await look()).toBe("accepted");
  });

  it("does not look after the deadline", async () => {
    expect(await outcome(AbortSignal.abort())).toBe("out-of-time");
  });

  it("lets go of a body that nobody reads", async () => {
    const body = await createLayoutSource(folder).blob(repository, digestOf(artifact.manifest), never);
    expect(() => body.cancel()).not.toThrow();
  });
});
