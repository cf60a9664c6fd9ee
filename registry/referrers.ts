import { setImmediate } from "node:timers/promises";
import { parseDigest, type Digest } from "../policies/digest.ts";
import { isObject } from "../policies/is-object.ts";
import { type Failure, RegistryError, refused, unavailable } from "./errors.ts";
import { fetchVerified, readBounded } from "./fetch-verified.ts";
import { limits } from "./limits.ts";
import { toManifest, type Manifest } from "./manifest.ts";
import type { Body, Source } from "./source.ts";
import { readStrictJson } from "./strict-json.ts";

/** What a list says of one manifest that may be about a digest. A list proves nothing: it tells what to look at first. */
export interface ListEntry {
  readonly digest: Digest;
  /** Empty where the list does not say. */
  readonly artifactType: string;
  /** `dev.sigstore.bundle.predicateType`, which tells attestations from signatures. */
  readonly predicateType: string | undefined;
  /** `org.opencontainers.image.created`: when it says that it was made. */
  readonly created: string | undefined;
}

/**
 * Why there may be more than was seen. It matters only where what was seen is not enough: one answer never spoils another.
 * `too-many` is the doing of whoever attaches, everything else that of the registry.
 */
export type Unseen = { readonly kind: "too-many"; readonly message: string } | Failure;

/** Manifests that refer to another one. */
export interface ReferrerList {
  readonly listed: readonly ListEntry[];
  readonly unseen: Unseen | undefined;
}

/**
 * What is listed as being about a digest, by the registry's list or by the tag that stands in for it: up to
 * `limits.referrersListed` entries of `limits.referrerPages` pages. An answer that is not a list counts as none, as for other clients: then
 * the tag counts. https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
 */
export async function listReferrers(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<ReferrerList> {
  const found = new Map<Digest, ListEntry>();
  const end = (unseen?: Unseen): ReferrerList => ({ listed: [...found.values()], unseen });
  let pages = 0;
  try {
    for await (const page of source.referrers(repository, digest, signal)) {
      pages += 1;
      if (pages > limits.referrerPages) {
        page.cancel();
        return end(tooMany(`more than ${limits.referrerPages} pages of manifests`));
      }
      const entries = await readEntries(page, signal);
      if (entries === "too long") return end(tooLong);
      if (entries === undefined && pages > 1)
        return end(brokenList("the registry's list of referrers goes on with something that is not a list"));
      const known = entries ?? (await listByTag(source, repository, digest, signal));
      if (known === "too long") return end(tooLong);
      // Whatever else the source has to say of its list may be that there is more.
      if (!addTo(found, known)) return end(tooMany(`more than ${limits.referrersListed} manifests`));
    }
    return end();
  } catch (error) {
    if (error instanceof RegistryError) return end(error.failure);
    throw error;
  }
}

async function listByTag(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<readonly unknown[] | "too long"> {
  const tag = digest.replace(":", "-");
  const body = await source.tagged(repository, tag, signal);
  if (body === undefined) return [];
  const entries = await readEntries(body, signal);
  if (entries !== undefined) return entries;
  throw refused("invalid", `the tag ${tag} is taken by something other than a list of referrers`);
}

/** False where it would become more than are looked at. */
function addTo(found: Map<Digest, ListEntry>, entries: readonly unknown[]): boolean {
  for (const entry of entries) {
    const listed = readEntry(entry);
    if (listed === undefined || found.has(listed.digest)) continue;
    if (found.size === limits.referrersListed) return false;
    found.set(listed.digest, listed);
  }
  return true;
}

function tooMany(what: string): Unseen {
  return { kind: "too-many", message: `${what} refer to it` };
}

const tooLong: Unseen = {
  kind: "too-many",
  message: `a list of more than ${limits.listBytes} bytes, or of more values than are read, names what refers to it`,
};

function brokenList(message: string): Unseen {
  return unavailable("no-answer", message).failure;
}

/** Values and keys of one entry, with some annotations. */
const valuesOfEntry = 24;

/** The entries of an index; undefined for anything else. Registries written in Go answer with null where there are none. */
async function readEntries(page: Body, signal: AbortSignal): Promise<readonly unknown[] | "too long" | undefined> {
  const bytes = await readUpTo(limits.listBytes, page, signal);
  if (bytes === undefined) return "too long";
  try {
    return listEntries(await readStrictJson(bytes, () => setImmediate(), limits.referrersListed * valuesOfEntry));
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    // A list that holds more than is read is still one, and no tag replaces it.
    return isList(bytes) ? "too long" : undefined;
  }
}

function listEntries(value: unknown): readonly unknown[] | undefined {
  const manifests = isObject(value) ? value["manifests"] : undefined;
  if (manifests === null) return [];
  return Array.isArray(manifests) ? manifests : undefined;
}

function isList(bytes: Uint8Array): boolean {
  try {
    return listEntries(JSON.parse(Buffer.from(bytes).toString("utf8"))) !== undefined;
  } catch {
    return false;
  }
}

/** The bytes; undefined where there are more. Throws RegistryError where they could not be had. */
export async function readUpTo(maxBytes: number, body: Body, signal: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    return await readBounded(body, maxBytes, signal);
  } catch (error) {
    if (error instanceof RegistryError && error.failure.kind === "refused") return undefined;
    throw error;
  }
}

/** Undefined for what names no sha256 digest: it hides nothing that does. */
function readEntry(entry: unknown): ListEntry | undefined {
  if (!isObject(entry) || typeof entry["digest"] !== "string") return undefined;
  const digest = parseDigest(entry["digest"]);
  if (digest === undefined) return undefined;
  const { artifactType, annotations } = entry;
  const said = isObject(annotations) ? annotations : {};
  const predicateType = said["dev.sigstore.bundle.predicateType"];
  const created = said["org.opencontainers.image.created"];
  return {
    digest,
    artifactType: typeof artifactType === "string" ? artifactType : "",
    predicateType: typeof predicateType === "string" ? predicateType : undefined,
    created: typeof created === "string" ? created : undefined,
  };
}

/** A manifest that says it is about the digest that was asked for, proved to be the listed bytes. */
export interface Referrer {
  readonly digest: Digest;
  readonly manifest: Manifest;
  /** What it is: the manifest's own word, which lists are at times wrong about. */
  readonly artifactType: string;
}

/**
 * The listed manifest, proved: its bytes hash to the digest that the list names, and its `subject` is the one that was asked
 * for. Undefined for what is something else after all, or gone. Throws RegistryError where it could not be had.
 */
export async function readReferrer(
  source: Source,
  repository: string,
  subject: Digest,
  digest: Digest,
  signal: AbortSignal,
): Promise<Referrer | undefined> {
  try {
    const body = await source.manifest(repository, digest, signal);
    const bytes = await fetchVerified(body, { digest, maxBytes: limits.manifestBytes }, signal);
    const manifest = toManifest(await readStrictJson(bytes, () => setImmediate()), body.mediaType);
    if (manifest.subject?.digest !== subject) return undefined;
    return { digest, manifest, artifactType: manifest.artifactType ?? manifest.config.mediaType };
  } catch (error) {
    if (!(error instanceof RegistryError) || error.failure.kind === "unavailable") throw error;
    // Listed and gone, other bytes, or a manifest of another kind: none of them may hide the others.
    return undefined;
  }
}
