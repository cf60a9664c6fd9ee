import * as z from "zod";
import type { Digest } from "../../policies/digest.ts";
import { readBounded } from "../../registry/fetch-verified.ts";
import { limits } from "../../registry/limits.ts";
import type { Source } from "../../registry/source.ts";
import { unavailable } from "../../registry/errors.ts";
import { parseStrictJson } from "../../registry/strict-json.ts";
import { descriptor, document } from "./image.ts";
import { type Document } from "../../registry/document.ts";
import type { Sink } from "../../registry/sink.ts";

/** What a manifest that refers to another says of itself in a list. */
export interface Referrer {
  readonly manifest: Document;
  readonly artifactType: string;
  readonly subject: Digest;
  readonly annotations: Readonly<Record<string, string>>;
}

const indexType = "application/vnd.oci.image.index.v1+json";
const listed = z.looseObject({ manifests: z.array(z.looseObject({ digest: z.string() })) });

/** Two who write the same list at once may each lose the other's entry: it is looked for, and added again. */
const tries = 5;

/**
 * Adds a manifest to the list of those that refer to its subject, where the registry keeps no such list: the index under the
 * tag `sha256-<hex>`. Others' entries stay. Throws EvidenceError.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
 */
export async function addToReferrersTag(
  sink: Sink,
  source: Source,
  repository: string,
  { manifest, artifactType, subject, annotations }: Referrer,
  signal: AbortSignal,
): Promise<void> {
  const tag = subject.replace(":", "-");
  for (let tried = 0; tried < tries; tried++) {
    const present = await readList(source, repository, tag, signal);
    if (present.some(({ digest }) => digest === manifest.digest)) return;
    const manifests = [...present, { ...descriptor(manifest), artifactType, annotations }];
    const index = document(indexType, { schemaVersion: 2, mediaType: indexType, manifests });
    await sink.manifest(repository, index, tag, signal);
  }
  if ((await readList(source, repository, tag, signal)).some(({ digest }) => digest === manifest.digest)) return;
  throw unavailable(
    "REGISTRY_UNAVAILABLE",
    `the list of referrers under the tag ${tag} does not keep what is added to it`,
  );
}

async function readList(
  source: Source,
  repository: string,
  tag: string,
  signal: AbortSignal,
): Promise<z.output<typeof listed>["manifests"]> {
  const body = await source.tagged(repository, tag, signal);
  if (body === undefined) return [];
  const bytes = await readBounded(body, limits.manifestBytes, signal);
  const parsed = listed.safeParse(parseStrictJson(bytes));
  if (parsed.success) return parsed.data.manifests;
  throw unavailable("REGISTRY_UNAVAILABLE", `the tag ${tag} is taken by something else than a list of referrers`);
}
