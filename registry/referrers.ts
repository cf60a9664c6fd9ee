import { setImmediate } from "node:timers/promises";
import * as z from "zod";
import { parseDigest, type Digest } from "../policies/digest.ts";
import { EvidenceError, refused } from "./errors.ts";
import { fetchVerified, readBounded } from "./fetch-verified.ts";
import { limits } from "./limits.ts";
import { parseManifest, type Manifest } from "./manifest.ts";
import type { Source } from "./source.ts";
import { readStrictJson } from "./strict-json.ts";

/** A manifest that says it is about the digest that was asked for, proved to be the listed bytes. */
export interface Referrer {
  readonly digest: Digest;
  readonly manifest: Manifest;
  /** What it is: the manifest's own word. Lists say other things at times, so they are not asked. */
  readonly artifactType: string;
}

/** Registries written in Go answer with null where there are none. */
const index = z.object({
  manifests: z
    .array(
      z.object({ digest: z.custom<Digest>((value) => typeof value === "string" && parseDigest(value) !== undefined) }),
    )
    .nullable(),
});

/**
 * Everything that is about a digest, each proved: its bytes hash to the digest that the list names, and its `subject` is the
 * one that was asked for. What is something else after all is left out. Throws EvidenceError, also for a list that is too long.
 */
export async function readReferrers(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<Referrer[]> {
  const listed = new Set<Digest>();
  for await (const page of source.referrers(repository, digest, signal)) {
    for (const entry of await parseList(await readBounded(page, limits.manifestBytes, signal))) listed.add(entry);
    if (listed.size > limits.referrers)
      throw refused("ARTIFACT_INVALID", `more than ${limits.referrers} manifests say that they are about it`);
  }
  const read = await Promise.all([...listed].map((one) => readReferrer(source, repository, one, signal)));
  return read.filter((one) => one?.manifest.subject?.digest === digest).filter((one) => one !== undefined);
}

async function readReferrer(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<Referrer | undefined> {
  try {
    const body = await source.manifest(repository, digest, signal);
    const bytes = await fetchVerified(body, { digest, maxBytes: limits.manifestBytes }, signal);
    const manifest = parseManifest(bytes, body.mediaType);
    return { digest, manifest, artifactType: manifest.artifactType ?? manifest.config.mediaType };
  } catch (error) {
    if (!(error instanceof EvidenceError) || error.evidence.kind === "unavailable") throw error;
    // Listed and gone, other bytes, or a manifest of another kind: none of them may hide the others.
    return undefined;
  }
}

/** In steps, with others' work between them. */
async function parseList(bytes: Uint8Array): Promise<Digest[]> {
  const parsed = index.safeParse(await readStrictJson(bytes, () => setImmediate()));
  if (!parsed.success) throw refused("ARTIFACT_INVALID", "the registry's list of referrers is no image index");
  return (parsed.data.manifests ?? []).map(({ digest }) => digest);
}
