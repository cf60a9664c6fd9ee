import type { ArtifactKind, Content } from "../../policies/artifact.ts";
import type { Descriptor, Manifest } from "../../registry/manifest.ts";

/** How one kind of artifact is told apart and read. One file per kind; `detect.ts` lists them. */
export interface Kind {
  readonly name: ArtifactKind;
  /** By media types only, and never by those of another kind. */
  matches(manifest: Manifest): boolean;
  /** The results inside. Throws EvidenceError for those that cannot be had or cannot be accepted. */
  readContent(manifest: Manifest, readBlob: ReadBlob): Promise<Content>;
}

/** The verified bytes that a descriptor names, at most `limits.layerBytes`. Their content is attacker-controlled. */
export type ReadBlob = (descriptor: Descriptor) => Promise<Buffer>;
