import { mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { createLayoutTarget } from "../../../registry/layout/layout-target.ts";
import { digestOf } from "../../support/artifacts.ts";

const never = new AbortController().signal;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "assaygate-layout-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function push(text: string): Promise<string> {
  const bytes = Buffer.from(text);
  const digest = digestOf(bytes);
  await createLayoutTarget(folder).blob("acme/evals", { mediaType: "text/plain", digest, bytes }, never);
  return digest.replace("sha256:", "");
}

it("a push removes what an earlier one left when it was ended, and not what another one is writing", async () => {
  const first = await push("first");
  const blobs = join(folder, "blobs", "sha256");
  for (const name of [".new-abandoned", ".new-recent"]) await writeFile(join(blobs, name), "half of a file");
  const twoHoursAgo = new Date(Date.now() - 2 * 3_600_000);
  await utimes(join(blobs, ".new-abandoned"), twoHoursAgo, twoHoursAgo);
  await utimes(join(blobs, first), twoHoursAgo, twoHoursAgo);
  const second = await push("second");
  expect((await readdir(blobs)).toSorted()).toEqual([".new-recent", first, second].toSorted());
});
