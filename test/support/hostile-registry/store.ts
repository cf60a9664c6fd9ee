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
  readonly referrers: (repository: string, digest: string) => Answer;
}

interface Stored {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

export function createStore(): Store {
  const manifests = new Map<string, Stored>();
  const blobs = new Map<string, Stored>();

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
    referrers(repository, digest) {
      const found = new Map<Digest, Stored>();
      for (const [key, stored] of manifests) {
        const isHere = key.startsWith(`${repository}@`);
        if (isHere && subjectOf(stored.bytes) === digest) found.set(digestOf(stored.bytes), stored);
      }
      const list = [...found].map(([own, { bytes, mediaType }]) => ({ mediaType, digest: own, size: bytes.length }));
      return json(200, { schemaVersion: 2, mediaType: ociIndex, manifests: list }, { "content-type": ociIndex });
    },
  };
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

function subjectOf(bytes: Uint8Array): unknown {
  const subject = read(bytes)["subject"];
  return typeof subject === "object" && subject !== null && "digest" in subject ? subject.digest : undefined;
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
