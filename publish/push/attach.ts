import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";
import { shortenDigest, type Digest } from "../../policies/digest.ts";
import { RegistryError, unavailable } from "../../registry/errors.ts";
import { readBounded } from "../../registry/fetch-verified.ts";
import { limits } from "../../registry/limits.ts";
import { listReferrers } from "../../registry/referrers.ts";
import type { Source } from "../../registry/source.ts";
import { parseStrictJson } from "../../registry/strict-json.ts";
import { toDescriptor, encodeDocument } from "./image.ts";
import { type Document } from "../../registry/document.ts";
import type { PushTarget } from "../../registry/target.ts";

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

/** Before each look at a list that the registry keeps: some take a moment until it shows what was added. */
const pausesMs = [0, 200, 800] as const;

/**
 * Sends a manifest that refers to another, and sees to it that it is found: by the registry's list, or by the tag
 * `sha256-<hex>`, whichever those read who look for it. What the registry says of itself is not believed. Throws RegistryError,
 * also where the manifest is there and nobody would find it.
 */
export async function attach(
  { target, source }: { readonly target: PushTarget; readonly source: Source },
  repository: string,
  referrer: Referrer,
  tag: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { listsReferrers } = await target.manifest(repository, referrer.manifest, tag, signal);
  const isFound = (): Promise<boolean> => isListed(source, repository, referrer, signal);
  if (listsReferrers && (await soon(isFound, signal))) return;
  await addToReferrersTag(target, source, repository, referrer, signal);
  if (await isFound()) return;
  const { digest } = referrer.manifest;
  throw unavailable(
    "no-answer",
    `the registry took ${shortenDigest(digest)} and lists it nowhere: whoever asks what refers to ${shortenDigest(referrer.subject)} will not find it`,
  );
}

async function soon(isFound: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
  for (const pauseMs of pausesMs) {
    if (pauseMs > 0)
      await sleep(pauseMs, undefined, { signal }).catch((cause: unknown) =>
        Promise.reject(
          unavailable("out-of-time", "the time was up before the registry listed what it took", { cause }),
        ),
      );
    if (await isFound()) return true;
  }
  return false;
}

/** As those see it who look for it. A list that cannot be read, or not to its end, says nothing of what it does not show. */
async function isListed(
  source: Source,
  repository: string,
  { manifest, subject }: Referrer,
  signal: AbortSignal,
): Promise<boolean> {
  const { listed: found, unseen } = await listReferrers(source, repository, subject, signal);
  if (found.some(({ digest }) => digest === manifest.digest)) return true;
  if (unseen?.kind === "unavailable") throw new RegistryError(unseen);
  return false;
}

/**
 * Adds a manifest to the list of those that refer to its subject, where the registry keeps no such list: the index under the
 * tag `sha256-<hex>`. Others' entries stay. Throws RegistryError.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
 */
async function addToReferrersTag(
  target: PushTarget,
  source: Source,
  repository: string,
  { manifest, artifactType, subject, annotations }: Referrer,
  signal: AbortSignal,
): Promise<void> {
  const tag = subject.replace(":", "-");
  for (let tried = 0; tried < tries; tried++) {
    const present = await readList(source, repository, tag, signal);
    if (present.some(({ digest }) => digest === manifest.digest)) return;
    const manifests = [...present, { ...toDescriptor(manifest), artifactType, annotations }];
    const index = encodeDocument(indexType, { schemaVersion: 2, mediaType: indexType, manifests });
    await target.manifest(repository, index, tag, signal);
  }
  if ((await readList(source, repository, tag, signal)).some(({ digest }) => digest === manifest.digest)) return;
  throw unavailable("no-answer", `the list of referrers under the tag ${tag} does not keep what is added to it`);
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
  throw unavailable("no-answer", `the tag ${tag} is taken by something other than a list of referrers`);
}
