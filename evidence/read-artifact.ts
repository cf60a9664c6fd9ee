import type { Artifact, Content } from "../policies/artifact.ts";
import type { Digest } from "../policies/digest.ts";
import { type UnusableEvidence, explainUnusable } from "./errors.ts";
import { makeDeadlineError } from "../registry/errors.ts";
import { ContentBudget } from "./content-budget.ts";
import { createDesk, type Desk } from "./desk.ts";
import { checkSize, fetchVerified } from "../registry/fetch-verified.ts";
import { detectKind } from "./kinds/detect.ts";
import type { Reading } from "./kinds/kind.ts";
import { limits } from "../registry/limits.ts";
import { toManifest, type Descriptor, type Manifest } from "../registry/manifest.ts";
import { readStrictJson } from "../registry/strict-json.ts";
import type { Source } from "../registry/source.ts";
import { getRegistry } from "./registry-of.ts";

/** An artifact whose content is not read, with the manifest that says where the content lies. */
export interface ReadArtifact {
  readonly artifact: Artifact;
  readonly manifest: Manifest;
}

/** Fetches, proves and parses the manifest. Throws RegistryError, and EvidenceError for one that is of several kinds. */
export async function readArtifact(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
  desk: Desk = createDesk(),
): Promise<ReadArtifact> {
  const body = await source.manifest(repository, digest, signal);
  using place = desk.place(getRegistry(source, repository), signal);
  const takePlace = (): Promise<void> => place.take();
  const bytes = await fetchVerified(body, { digest, maxBytes: limits.manifestBytes, takePlace }, signal);
  const manifest = toManifest(await readStrictJson(bytes, pauseAt(desk, signal)), body.mediaType);
  const { name: kind } = detectKind(manifest);
  return {
    manifest,
    artifact: {
      repository,
      digest,
      kind,
      annotations: manifest.annotations,
      subject: manifest.subject?.digest,
      content: { kind: "not-read" },
      signatures: { kind: "not-looked-for" },
    },
  };
}

/** Content, and what reading it was like. */
export interface ReadContent {
  readonly content: Content;
  /** True when it follows from proved bytes alone, so that the next look would find the same. */
  readonly lasting: boolean;
  /** What reading it took, in counted steps. */
  readonly spent: ContentBudget["spent"];
}

/** Fetches, proves and parses what the manifest holds. What goes wrong is content, too. */
export async function readContent(
  source: Source,
  { artifact: { repository }, manifest }: ReadArtifact,
  signal: AbortSignal,
  desk: Desk = createDesk(),
): Promise<ReadContent> {
  const budget = new ContentBudget();
  let lasting = true;
  const reading: Reading = {
    budget,
    pause: pauseAt(desk, signal),
    async layer(descriptor, use) {
      checkSize(descriptor.size, limits.layerBytes);
      budget.check();
      using place = desk.place(getRegistry(source, repository), signal);
      const takePlace = (): Promise<void> => place.take();
      const bytes = await fetchLayer(source, repository, descriptor, takePlace, signal).catch((error: unknown) => {
        lasting = false;
        throw error;
      });
      await reading.pause();
      return await use(bytes, takePlace);
    },
  };
  try {
    const content = await detectKind(manifest).readContent(manifest, reading);
    return { content, lasting, spent: budget.spent };
  } catch (error) {
    const missing = explainUnusable(error);
    if (missing === undefined) throw error;
    // That the time is up says nothing of the bytes.
    if (missing.kind === "unavailable") lasting = false;
    return { content: toContent(missing), lasting, spent: budget.spent };
  }
}

async function fetchLayer(
  source: Source,
  repository: string,
  { digest, size }: Descriptor,
  takePlace: () => Promise<void>,
  signal: AbortSignal,
): Promise<Buffer> {
  const body = await source.blob(repository, digest, signal);
  return await fetchVerified(body, { digest, size, maxBytes: limits.layerBytes, takePlace }, signal);
}

function pauseAt(desk: Desk, signal: AbortSignal): () => Promise<void> {
  return async () => {
    await desk.turn();
    if (signal.aborted) throw makeDeadlineError();
  };
}

function toContent(missing: UnusableEvidence): Content {
  switch (missing.kind) {
    case "absent":
      return {
        kind: "refused",
        reason: "EVIDENCE_NOT_FOUND",
        message: "the registry holds the manifest but not its content",
      };
    case "refused":
    case "unavailable":
      return missing;
  }
}
