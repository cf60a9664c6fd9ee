import type { Digest } from "../../policies/digest.ts";
import { absent } from "../../registry/errors.ts";
import type { Body, Source } from "../../registry/source.ts";
import type { BuiltArtifact } from "./artifacts.ts";

export interface MemorySource extends Source {
  /** Everything that was asked, as `manifest <repository>@<digest>` or `blob …`. */
  readonly requests: string[];
  /** Names an artifact by a tag, in every repository. */
  tag(name: string, digest: Digest): void;
  /** Adds an artifact, in every repository. */
  push(artifact: BuiltArtifact): void;
  /** Asked before each answer: throw a RegistryError, or give another body. A test may replace it. */
  intercept: (request: string, signal: AbortSignal) => Promise<Body | undefined> | Body | undefined;
  /** The identity that repositories are read under. A test may replace it. */
  identity: (repository: string) => string;
}

/** A source that holds artifacts in memory and answers every repository. */
export function createMemorySource(...artifacts: readonly BuiltArtifact[]): MemorySource {
  const manifests = new Map<Digest, Body>();
  const blobs = new Map<Digest, Body>();
  const subjects = new Map<Digest, string>();
  const tags = new Map<string, Digest>();
  const answer = async (request: string, body: Body | undefined, signal: AbortSignal): Promise<Body> => {
    source.requests.push(request);
    const other = await source.intercept(request, signal);
    if (other !== undefined) return other;
    if (body === undefined) throw absent("memory holds no such digest");
    return body;
  };
  const source: MemorySource = {
    requests: [],
    push({ digest, manifest, mediaType, blobs: content }) {
      manifests.set(digest, bodyOf(manifest, { mediaType }));
      const { subject } = JSON.parse(manifest.toString()) as { subject?: { digest: string } };
      if (subject !== undefined) subjects.set(digest, subject.digest);
      for (const [blob, bytes] of content) blobs.set(blob, bodyOf(bytes));
    },
    tag: (name, digest) => void tags.set(name, digest),
    intercept: () => undefined,
    identity: () => "anonymous",
    manifest: (repository, digest, signal) => answer(`manifest ${repository}@${digest}`, manifests.get(digest), signal),
    blob: (repository, digest, signal) => answer(`blob ${repository}@${digest}`, blobs.get(digest), signal),
    async *referrers(repository, digest, signal) {
      const about = [...subjects].filter(([, subject]) => subject === digest);
      const index = { schemaVersion: 2, manifests: about.map(([one]) => ({ digest: one })) };
      yield await answer(`referrers ${repository}@${digest}`, bodyOf(Buffer.from(JSON.stringify(index))), signal);
    },
    async tagged(repository, tag, signal) {
      const digest = tags.get(tag);
      source.requests.push(`tag ${repository}:${tag}`);
      return digest && answer(`manifest ${repository}@${digest}`, manifests.get(digest), signal);
    },
    scope: (repository) => source.identity(repository),
  };
  for (const artifact of artifacts) source.push(artifact);
  return source;
}

/** A body that gives these bytes, once for each reader, and declares their length unless told otherwise. */
export function bodyOf(bytes: Uint8Array, over: Partial<Body> = {}): Body {
  const chunks = {
    async *[Symbol.asyncIterator]() {
      yield bytes;
    },
  };
  return { mediaType: undefined, length: bytes.byteLength, chunks, cancel: () => undefined, ...over };
}
