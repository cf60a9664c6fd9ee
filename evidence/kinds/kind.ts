import type { ArtifactKind, Content } from "../../policies/artifact.ts";
import type { Descriptor, Manifest } from "../../registry/manifest.ts";
import type { ContentBudget } from "../content-budget.ts";

/** How one kind of artifact is told apart and read. One file per kind; `detect.ts` lists them. */
export interface Kind {
  readonly name: ArtifactKind;
  /** By media types only, and never by those of another kind. */
  matches(manifest: Manifest): boolean;
  /** The results inside. Throws EvidenceError or RegistryError for those that cannot be had or cannot be accepted. */
  readContent(manifest: Manifest, reading: Reading): Promise<Content>;
}

/** What reading one artifact's content takes. */
export interface Reading {
  /** Everything that the content makes the reader do is counted here before it is done. */
  readonly budget: ContentBudget;
  /** To be called after each millisecond of work, so that others have their turn. Rejects when the time is up. */
  pause(): Promise<void>;
  /**
   * What `use` makes of the verified bytes that the descriptor names, at most `limits.layerBytes`. Their content is
   * attacker-controlled. `use` calls `takePlace` before it holds more than `limits.smallBytes` besides them, or
   * `limits.smallValues`.
   */
  layer<T>(descriptor: Descriptor, use: (bytes: Buffer, takePlace: () => Promise<void>) => Promise<T>): Promise<T>;
}
