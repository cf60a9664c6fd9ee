import * as z from "zod";
import { parseDigest, type Digest } from "../policies/digest.ts";
import type { NonEmpty } from "../policies/non-empty.ts";
import { show } from "../policies/show.ts";
import type { StringMap } from "../policies/workload.ts";
import { refused } from "./errors.ts";
import { limits } from "./limits.ts";
import { refuseOtherDocuments, refuseVariantKeys } from "./manifest-confusion.ts";
import { parseStrictJson } from "./strict-json.ts";

/** An OCI image manifest, as far as it is read. https://github.com/opencontainers/image-spec/blob/main/manifest.md */
export interface Manifest {
  readonly artifactType: string | undefined;
  readonly config: Descriptor;
  readonly layers: NonEmpty<Descriptor>;
  readonly subject: Descriptor | undefined;
  readonly annotations: StringMap;
}

/** Names other bytes. `urls` is never followed and `data` never taken for the bytes, so neither is here. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations: StringMap;
}

/**
 * The manifest in verified bytes, which are still attacker-controlled: their hash proves which they are, not that they are
 * sound. `transportMediaType` is what the source declared; undefined where it declares none. `maxLayers` is for those who
 * judge nothing. Throws `invalid`.
 */
export function parseManifest(
  bytes: Uint8Array,
  transportMediaType: string | undefined,
  maxLayers: number = limits.layers,
): Manifest {
  // For those who judge nothing and take more layers, each with some annotations.
  const maxValues = Math.max(limits.jsonValues, maxLayers * 64);
  return toManifest(parseStrictJson(bytes, maxValues), transportMediaType, maxLayers);
}

/** The same of what was read from the bytes already, as {@link import("./strict-json.ts").readStrictJson} does it. */
export function toManifest(
  value: unknown,
  transportMediaType: string | undefined,
  maxLayers: number = limits.layers,
): Manifest {
  const object = jsonObject.safeParse(value).data;
  if (object === undefined) throw refused("invalid", "the manifest is not a JSON object");
  refuseOtherDocuments(object, transportMediaType);
  refuseVariantKeys(object);
  const parsed = makeManifestSchema(maxLayers).safeParse(object);
  if (!parsed.success) throw refused("invalid", describe(parsed.error));
  if (countCharacters(parsed.data) > limits.annotationCharacters)
    throw refused("invalid", `the manifest has more than ${limits.annotationCharacters} characters of annotations`);
  return parsed.data;
}

function countCharacters({ artifactType = "", annotations: own, config, layers, subject }: Manifest): number {
  const parts = [config, ...layers, ...(subject === undefined ? [] : [subject])];
  const texts = [own, ...parts.map((part) => part.annotations)].flatMap((map) => Object.entries(map).flat());
  return [artifactType, ...parts.map(({ mediaType }) => mediaType), ...texts].reduce(
    (sum, text) => sum + text.length,
    0,
  );
}

/** The first thing that is wrong, with its place. The place can hold keys that the attacker chose. */
function describe({ issues: [issue] }: z.ZodError): string {
  return `the manifest is malformed at ${show(issue?.path.map(String).join("."))}: ${issue?.message}`;
}

const jsonObject = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

/** Counted before anything in it is looked at, so that a million entries cost no more than one too many. */
function atMost(count: number): z.ZodType {
  return z
    .unknown()
    .refine((value) => typeof value !== "object" || value === null || Object.keys(value).length <= count, {
      message: `more than ${count} entries`,
    });
}

const digest = z.custom<Digest>(
  (value) => typeof value === "string" && parseDigest(value) !== undefined,
  "must be sha256: and 64 lower-case hex digits",
);

/** Looked at in one go: a problem for each of thousands would cost more than all the rest. */
const annotations = atMost(limits.annotations)
  .pipe(z.custom<StringMap>(isStringMap, "must be a map of strings"))
  .optional()
  .transform((map) => map ?? {});

function isStringMap(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((one) => typeof one === "string");
}

const descriptor = z.object({
  mediaType: z.string(),
  digest,
  size: z.int().nonnegative(),
  annotations,
});

const layersUpTo = (maxLayers: number) =>
  atMost(maxLayers)
    .pipe(z.array(descriptor))
    .transform((list, context): NonEmpty<Descriptor> => {
      const [first, ...rest] = list;
      if (first !== undefined) return [first, ...rest];
      context.addIssue({ code: "custom", message: "an artifact without content proves nothing" });
      return z.NEVER;
    });

const manifestUpTo = (maxLayers: number) =>
  z
    .object({
      schemaVersion: z.literal(2),
      artifactType: z.string().optional(),
      config: descriptor,
      layers: layersUpTo(maxLayers),
      subject: descriptor.optional(),
      annotations,
    })
    .transform(({ artifactType, config, layers, subject, annotations: own }): Manifest => ({
      artifactType,
      config,
      layers,
      subject,
      annotations: own,
    }));

const manifest = manifestUpTo(limits.layers);

/** The usual schema is made once. */
function makeManifestSchema(maxLayers: number): typeof manifest {
  return maxLayers === limits.layers ? manifest : manifestUpTo(maxLayers);
}
