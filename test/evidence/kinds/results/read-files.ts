import type { Content } from "../../../../policies/artifact.ts";
import { readArtifact, readContent } from "../../../../evidence/read-artifact.ts";
import { evalhubArtifact, type BuiltArtifact } from "../../../support/artifacts.ts";
import { createMemorySource, type MemorySource } from "../../../support/memory-source.ts";

const never = new AbortController().signal;

/** What the gate reads of an artifact. */
export async function readBuilt(
  artifact: BuiltArtifact,
  source: MemorySource = createMemorySource(artifact),
): Promise<Content> {
  const read = await readArtifact(source, "quay.io/acme/evals", artifact.digest, never);
  return (await readContent(source, read, never)).content;
}

/** The same of files that were pushed. */
export function readFiles(
  files: Readonly<Record<string, unknown>>,
  annotations: Readonly<Record<string, string>> = {},
): Promise<Content> {
  return readBuilt(evalhubArtifact(files, annotations));
}

/** The same of one file. */
export function readOne(name: string, content: unknown): Promise<Content> {
  return readFiles({ [name]: content });
}
