import { RegistryError } from "../../registry/errors.ts";
import { fetchVerified } from "../../registry/fetch-verified.ts";
import { limits } from "../../registry/limits.ts";
import { parseManifest } from "../../registry/manifest.ts";
import { manifestType, type Subject } from "../../publish/push/image.ts";
import type { Source } from "../../registry/source.ts";
import { parseDigest, type Digest } from "../../policies/digest.ts";
import type { StringMap } from "../../policies/workload.ts";
import { createSource } from "../../config/sources.ts";
import { UsageError } from "../failure.ts";
import { print, type Io } from "../io.ts";
import { parseTarget } from "../target.ts";
import { toAnnotationKey } from "./annotations.ts";

/** Where the results are pushed to, and how other registries are reached. */
export interface Where {
  readonly source: Source;
  readonly repository: string;
  readonly config: Parameters<typeof createSource>[0];
  readonly io: Io;
}

/**
 * The model's manifest, which gives the digest, size and media type of a subject: from `--model-image`, or from the repository
 * that is pushed to. Undefined, with a remark, where it is not there. Throws UsageError, and RegistryError for
 * `--model-image`.
 */
export async function resolveSubject(
  modelImage: string | undefined,
  given: StringMap,
  { source, repository, config, io }: Where,
  signal: AbortSignal,
): Promise<Subject | undefined> {
  const claimed = given[toAnnotationKey("modelDigest")];
  if (modelImage !== undefined) {
    const model = parseTarget(modelImage, io);
    if (claimed !== undefined && claimed !== model.digest)
      throw new UsageError(`--model-image ${modelImage}: has another digest than --model-digest`);
    const from = createSource(model.layout === undefined ? config : { ...config, layout: model.layout }, io.env);
    try {
      return await readSubject(from, model.repository, model.digest, signal);
    } finally {
      await from.close();
    }
  }
  const digest = claimed === undefined ? undefined : parseDigest(claimed);
  if (digest === undefined) return undefined;
  try {
    return await readSubject(source, repository, digest, signal);
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const remedy = "name it with --model-image host/repository@digest to make it the subject";
    print(io.err, `assaygate: the model is not in ${repository}, so the artifact has no subject: ${remedy}`);
    return undefined;
  }
}

/** What a descriptor says of a manifest that is there. Throws RegistryError. */
export async function readSubject(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<Subject> {
  const body = await source.manifest(repository, digest, signal);
  const { mediaType } = body;
  const bytes = await fetchVerified(body, { digest, maxBytes: limits.manifestBytes }, signal);
  return { mediaType: mediaType ?? mediaTypeIn(bytes), digest, size: bytes.byteLength };
}

/** A layout declares no media types; the manifest itself may. */
function mediaTypeIn(bytes: Buffer): string {
  const [, own] = /"mediaType"\s*:\s*"(application\/vnd\.[a-z0-9.+-]+)"/.exec(bytes.toString("utf8")) ?? [];
  parseManifest(bytes, own);
  return own ?? manifestType;
}
