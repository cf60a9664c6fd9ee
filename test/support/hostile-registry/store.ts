import { createHash } from "node:crypto";
import { type Digest, parseDigest } from "../../../policies/digest.ts";
import { type Answer, errorAnswer, json } from "./exchange.ts";

export const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const ociIndex = "application/vnd.oci.image.index.v1+json";

export interface PutOptions {
  /** Default: the manifest's own `mediaType`, or that of an OCI manifest. */
  readonly mediaType?: string;
  readonly tag?: string;
}

/** Manifests and blobs by repository, in memory. Manifests can be had by tag and by digest, and by their subject. */
export interface Store {
  readonly putManifest: (repository: string, manifest: object | Uint8Array, options?: PutOptions) => Digest;
  readonly putBlob: (repository: string, bytes: Uint8Array) => Digest;
  readonly manifest: (repository: string, reference: string) => Answer;
  readonly blob: (repository: string, digest: string) => Answer;
  /** An index of everything that is about a digest. */
  readonly referrers: (repository: string, digest: string) => Answer;
  /** The same in pages of this many entries, from one entry on; `next` says where the next page starts. */
  readonly referrersPage: (repository: string, digest: string, from: number, size: number) => ReferrersPage;
}

export interface ReferrersPage {
  readonly answer: Answer;
  readonly next: number | undefined;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
}

interface Stored {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

export function createStore(): Store {
  const manifests = new Map<string, Stored>();
  const blobs = new Map<string, Stored>();

  const about = (repository: string, digest: string): Descriptor[] => {
    const found = new Map<Digest, Descriptor>();
    for (const [key, { bytes, mediaType }] of manifests) {
      if (!key.startsWith(`${repository}@`) || subjectOf(bytes) !== digest) continue;
      const own = digestOf(bytes);
      found.set(own, { mediaType, digest: own, size: bytes.length });
    }
    return [...found.values()];
  };

  return {
    putManifest(repository, manifest, options = {}) {
      const bytes = manifest instanceof Uint8Array ? manifest : Buffer.from(JSON.stringify(manifest));
      const mediaType = options.mediaType ?? fieldOf(bytes, "mediaType") ?? ociManifest;
      const digest = digestOf(bytes);
      manifests.set(`${repository}@${digest}`, { bytes, mediaType });
      if (options.tag !== undefined) manifests.set(`${repository}@${options.tag}`, { bytes, mediaType });
      return digest;
    },
    putBlob(repository, bytes) {
      const digest = digestOf(bytes);
      blobs.set(`${repository}@${digest}`, { bytes, mediaType: "application/octet-stream" });
      return digest;
    },
    manifest: (repository, reference) => answerWith(manifests.get(`${repository}@${reference}`), "MANIFEST_UNKNOWN"),
    blob: (repository, digest) => answerWith(blobs.get(`${repository}@${digest}`), "BLOB_UNKNOWN"),
    referrers: (repository, digest) => index(about(repository, digest)),
    referrersPage(repository, digest, from, size) {
      const all = about(repository, digest);
      const next = from + size;
      return { answer: index(all.slice(from, next)), next: next < all.length ? next : undefined };
    },
  };
}

function index(list: readonly Descriptor[]): Answer {
  return json(200, { schemaVersion: 2, mediaType: ociIndex, manifests: list }, { "content-type": ociIndex });
}

export function digestOf(bytes: Uint8Array): Digest {
  const digest = parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
  if (digest === undefined) throw new Error("unreachable");
  return digest;
}

function answerWith(stored: Stored | undefined, code: string): Answer {
  if (stored === undefined) return errorAnswer(404, code);
  const { bytes, mediaType } = stored;
  const headers = {
    "content-type": mediaType,
    "content-length": bytes.length,
    "docker-content-digest": digestOf(bytes),
  };
  return { status: 200, headers, body: bytes };
}

/** The digest that a manifest says it is about. */
export function subjectOf(bytes: Uint8Array): string | undefined {
  const subject = read(bytes)["subject"];
  return isObject(subject) && typeof subject["digest"] === "string" ? subject["digest"] : undefined;
}

/** The digests of a manifest's config and layers; none where it has neither. */
export function blobsOf(bytes: Uint8Array): string[] {
  const { config, layers } = read(bytes);
  const descriptors: unknown[] = [config, ...(Array.isArray(layers) ? layers : [])];
  return descriptors.flatMap((one) => (isObject(one) && typeof one["digest"] === "string" ? [one["digest"]] : []));
}

function fieldOf(bytes: Uint8Array, name: string): string | undefined {
  const value = read(bytes)[name];
  return typeof value === "string" ? value : undefined;
}

/** Manifests need not be JSON here: tests push anything. */
function read(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
