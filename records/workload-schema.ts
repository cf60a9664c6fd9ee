import * as z from "zod";
import { signaturesRecord } from "./evidence-schema.ts";
import { digestOfRecord, reasonOfRecord } from "./record-words.ts";

const texts = z.array(z.string());
const map = z.record(z.string(), z.string());

/** Which object it was, and in which state. */
export const objectRecord = z.object({
  group: z.string(),
  version: z.string(),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  uid: z.string().optional().describe("metadata.uid."),
  generation: z.number().optional().describe("metadata.generation."),
  template: z
    .string()
    .optional()
    .describe(
      "sha256 of the specifications of its pods, as the JSON that was sent: an array, in the order of the object.",
    ),
  images: z
    .array(z.object({ field: z.string(), reference: z.string() }))
    .optional()
    .describe("Every image of its pods, as it stands."),
});

const reference = z.object({
  kind: z.enum(["full", "bare", "malformed"]),
  text: z.string(),
  repository: z.string().optional(),
  digest: z.string().optional(),
  problem: z.string().optional(),
});

const model = z.object({
  name: z.string().optional(),
  version: z.string().optional(),
  digest: z.string().optional(),
  quantization: z.string().optional(),
  adapters: texts,
  hiddenAdapters: z.string().optional(),
  unreadable: z.string().optional(),
  gap: z.enum(["place", "image", "opaque"]).optional(),
  openEnvironment: z.string().optional(),
  field: z.string(),
  container: z.string(),
});

const keys = z
  .object({
    labels: texts,
    annotations: texts,
    ownLabels: texts.describe("Of the object itself; `*` is all."),
    ownAnnotations: texts.describe("Of the object itself; `*` is all."),
    namespaceLabels: texts,
    flags: texts,
  })
  .describe("What the policies in force read of labels, annotations and flags. The record holds these and no others.");

const discovered = z.object({
  references: z.array(reference),
  problems: z.array(
    z.object({
      place: z.string(),
      kind: z.enum(["refused", "unavailable"]),
      reason: reasonOfRecord,
      message: z.string(),
      until: z.string().optional(),
    }),
  ),
});

const modelIndex = z.object({
  repository: z.string(),
  digest: digestOfRecord,
  found: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("index"), size: z.int().nonnegative(), lists: z.array(digestOfRecord) }),
    z.object({ kind: z.literal("none") }),
    z.object({ kind: z.literal("absent"), message: z.string() }),
    z.object({ kind: z.literal("refused"), message: z.string() }),
    z.object({ kind: z.literal("unavailable"), reason: reasonOfRecord, message: z.string() }),
  ]),
});

/** What was read of the object. */
export const workloadRecord = z
  .object({
    keys,
    metadata: z.array(z.object({ path: z.string(), labels: map, annotations: map })).min(1),
    namespaceLabels: map.optional().describe("Absent: they could not be looked up."),
    references: z.object({ entries: z.array(reference), problem: z.string().optional(), field: z.string() }),
    discovered: discovered.optional(),
    listed: discovered.optional().describe("What refers to the models, where a policy asked for the newest word."),
    modelSignatures: z
      .array(z.object({ repository: z.string(), digest: digestOfRecord, signatures: signaturesRecord }))
      .optional()
      .describe("Who signed the models themselves, where a policy asked for that."),
    modelIndexes: z
      .array(modelIndex)
      .optional()
      .describe("What the digests are by which evidence names a model otherwise than the workload does."),
    models: z.array(model),
    arguments: z.array(z.object({ name: z.string(), value: z.string(), container: z.string() })),
    hardware: z.object({
      accelerator: z.enum(["requested", "none", "unknown"]),
      classes: texts,
      field: z.string(),
      problem: z.string().optional(),
      couldNotLook: z.boolean().optional(),
    }),
    images: z
      .array(z.object({ reference: z.string().optional(), container: z.string(), field: z.string() }))
      .optional(),
    tooLarge: z.object({ message: z.string(), field: z.string() }).optional(),
  })
  .describe("What was read of the object. Absent where nothing was judged.");
