import * as z from "zod";
import { messages } from "./messages.ts";
import { checkInCluster, labels, text, texts } from "./fields.ts";

const labelSelector = z.strictObject({
  matchLabels: labels.optional(),
  matchExpressions: z
    .array(
      z
        .strictObject({
          key: text,
          operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
          values: z.array(z.string().max(1024)).max(256).optional(),
        })
        .meta(
          checkInCluster({
            rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)",
            message: messages.selectorValues,
          }),
        ),
    )
    .max(64)
    .optional(),
});

/** Which workloads a policy is about, or leaves out. */
const namespaceNames = z
  .array(
    z
      .string()
      .max(63)
      .regex(
        /^[a-z0-9*-]+$/,
        "no namespace has such a name: lower-case letters, digits and -, and * as the only wildcard",
      ),
  )
  .min(1)
  .max(256);

/** Which workloads a policy is about, or leaves out: all fields that are given must match. */
export const match = z
  .strictObject({
    namespaces: namespaceNames.optional().describe("Names; * is the only wildcard."),
    namespaceSelector: labelSelector.optional().describe("On the labels of the workload's namespace."),
    objectSelector: labelSelector
      .optional()
      .describe("On the labels of the object. The requester writes those: use it to opt in, never out."),
    kinds: texts.optional().describe("Kind, or Kind.group. Default: every supported kind."),
    accelerator: z
      .enum(["Required", "Any"])
      .optional()
      .describe("Required: only workloads that ask for an accelerator, or may."),
  })
  .describe("Which workloads. All given fields must match.");

const valueSource = z
  .strictObject({
    annotation: text.optional(),
    label: text.optional(),
    namespaceLabel: text.optional(),
    argument: z
      .string()
      .regex(/^--?[A-Za-z0-9][-A-Za-z0-9_.]*$/, "must be a flag such as --served-model-name")
      .optional(),
  })
  .refine((source) => Object.values(source).filter((value) => value !== undefined).length === 1, {
    message: messages.oneSource,
  })
  .meta(
    checkInCluster({
      rule: "[has(self.annotation), has(self.label), has(self.namespaceLabel), has(self.argument)].filter(given, given).size() == 1",
      message: messages.oneSource,
    }),
  );

/** Where a workload declares something. */
export const valueSources = z.array(valueSource).min(1).max(16);

/** What a policy accepts of what a workload declares. */
export const declared = z
  .strictObject({
    name: z
      .array(z.enum(["Place", "Image", "Opaque"]))
      .min(1)
      .max(3)
      .optional()
      .describe(
        "Where a declaration may name the model: at a Place (a claim, bucket or path), for an Image that starts by its own entry point, for what is Opaque. Default: nowhere.",
      ),
    version: z
      .enum(["Accept", "Refuse"])
      .default("Accept")
      .describe("Whether a declared version counts where what runs names none."),
  })
  .describe("What counts of what the workload declares about its model. Whoever deploys writes it.");

/** `spec.match` of a policy. */
export type MatchDocument = z.infer<typeof match>;

/** A label selector as Kubernetes writes it. */
export type LabelSelectorDocument = z.infer<typeof labelSelector>;

/** Where a declared value is read from. */
export type ValueSource = z.infer<typeof valueSource>;
