import * as z from "zod";
import { messages } from "./messages.ts";
import { apiVersion, checkInCluster, metadata, resourceName, text, texts } from "./fields.ts";
import { declared, match, valueSources } from "./workload.ts";

const duration = z
  .string()
  .regex(/^(?:[0-9]{1,6}[wdhms])+$/, "must be a duration such as 30d, 12h or 1d12h")
  .describe("A duration: whole numbers, each followed by w, d, h, m or s.");

const sameAsWorkload = z.enum(["SameAsWorkload"]);
const sameOrAny = z.enum(["SameAsWorkload", "Any"]);

const artifactKey = text.optional();

/** Which annotation of the artifact carries each field; the names here are also those of the default table. */
const annotationKeys = z.strictObject({
  modelName: artifactKey,
  modelVersion: artifactKey,
  modelFamily: artifactKey,
  modelDigest: artifactKey,
  modelAdapters: artifactKey,
  quantization: artifactKey,
  promptDigest: artifactKey,
  environment: artifactKey,
  hardwareClass: artifactKey,
  complianceTags: artifactKey,
  collectionId: artifactKey,
  collectionVersion: artifactKey,
  mlflowRun: artifactKey,
  createdAt: artifactKey,
});

const signer = z
  .strictObject({
    cosign: z
      .strictObject({
        publicKey: z.string().optional(),
        keyRef: text.optional(),
        issuer: text.optional(),
        identity: text.optional(),
        transparencyLog: z
          .enum(["Required", "NotRequired"])
          .optional()
          .describe(
            "Whether a transparency log that the gate trusts must have recorded the signature; default Required.",
          ),
        verifiers: texts
          .optional()
          .describe(
            "The verifiers in whose name this signer may make verification summaries, of SLSA and of in-toto (SVR); default none.",
          ),
      })
      .optional(),
    notation: z.strictObject({ trustStore: text, identities: texts }).optional(),
  })
  .meta(checkInCluster({ rule: "has(self.cosign) != has(self.notation)", message: messages.oneSigner }))
  .describe("A signer: cosign (publicKey, keyRef, or issuer and identity) or notation.");

const evidence = z.strictObject({
  repositories: texts.describe("Where evidence may lie, host/path by whole segments; ** only at the end."),
  annotationKeys: annotationKeys.optional().describe("For artifacts that use other annotation keys."),
  discover: z.boolean().optional(),
  revoked: z
    .array(z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be a digest: sha256: and 64 lower-case hexadecimal digits"))
    .min(1)
    .max(1024)
    .optional()
    .describe(
      "Digests of evidence that turned out wrong: it counts for nothing, wherever it lies and whoever signed it.",
    ),
  revokers: z
    .array(signer)
    .min(1)
    .max(16)
    .optional()
    .describe("Whose signed revocations of evidence count, as assaygate revoke attaches them; one is enough."),
  newest: z
    .boolean()
    .optional()
    .describe("Whether a newer evaluation of the same benchmark and model that fails stands against an older one."),
  signers: z.array(signer).min(1).max(16).optional(),
  threshold: z
    .int()
    .min(1)
    .max(16)
    .optional()
    .describe("How many of the signers must have signed, each somebody else; default 1."),
});

const benchmark = z
  .strictObject({
    provider: text.optional(),
    id: text,
    metric: text.optional(),
    min: z.number().optional(),
    max: z.number().optional(),
    passed: z.literal(true).optional().describe("The content must carry a positive verdict."),
    minSamples: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .optional()
      .describe(
        "How many samples its numbers must be over, at least. A number of samples that is not known is too few.",
      ),
    complete: z
      .literal(true)
      .optional()
      .describe(
        "Its numbers must be over all of its samples: nothing limited, failed, skipped, unscored or invalidated. Where that is not known it does not hold.",
      ),
    preRegistered: z
      .literal(true)
      .optional()
      .describe(
        "Its bar must have been fixed before the run: one of the signers has signed a registration (PRML) of it, at a time that a transparency log or a timestamp authority vouches for.",
      ),
    resultsArtifact: z
      .literal("Required")
      .optional()
      .describe("An evaluation card's row must name its results artifact, which must be there and agree with the row."),
  })
  .refine(({ metric, min, max }) => (metric !== undefined) === (min !== undefined || max !== undefined), {
    message: messages.metricAndBounds,
  })
  .refine(({ metric, passed }) => metric !== undefined || passed !== undefined, {
    message: messages.metricOrPassed,
  })
  .meta(
    checkInCluster(
      { rule: "has(self.metric) == (has(self.min) || has(self.max))", message: messages.metricAndBounds },
      { rule: "has(self.metric) || has(self.passed)", message: messages.metricOrPassed },
      { rule: "!has(self.min) || !has(self.max) || self.min <= self.max", message: messages.minAboveMax },
    ),
  );

const requirementParts = [
  "environment",
  "hardwareClass",
  "complianceTags",
  "prompt",
  "collection",
  "benchmarks",
  "maxAge",
  "expressions",
];

const modelParts = ["family", "digest", "adapters", "quantization"];

const requirement = z
  .strictObject({
    name: resourceName,
    environment: texts
      .optional()
      .describe("Any of these; SameAsWorkload stands for what the workload's namespace says."),
    hardwareClass: texts
      .optional()
      .describe("Any of these, as <vendor>-<product>; SameAsWorkload stands for every class the pods can land on."),
    complianceTags: texts.optional().describe("All of these."),
    model: z
      .strictObject({
        name: sameOrAny.default("SameAsWorkload"),
        version: sameOrAny.default("SameAsWorkload"),
        family: texts.optional(),
        digest: sameAsWorkload.optional(),
        adapters: sameAsWorkload.optional(),
        quantization: sameAsWorkload.optional(),
        signedBy: z
          .array(signer)
          .min(1)
          .max(16)
          .optional()
          .describe(
            "One of these must have signed the model itself, file by file (OpenSSF Model Signing): the very files that the workload runs.",
          ),
      })
      .optional(),
    prompt: z.strictObject({ digest: sameAsWorkload }).optional(),
    collection: z
      .strictObject({
        id: text,
        version: text.optional().describe("A version as written, or a semver range such as >=2.1.0 <3."),
      })
      .optional(),
    benchmarks: z.array(benchmark).min(1).max(64).optional(),
    maxAge: duration.optional(),
    expressions: z
      .array(z.strictObject({ cel: z.string().min(1).max(4096), message: text }))
      .min(1)
      .max(16)
      .optional(),
  })
  .meta(
    checkInCluster({
      rule: `${requirementParts.map((part) => `has(self.${part})`).join(" || ")} || !has(self.model) || self.model.name != 'Any' || self.model.version != 'Any' || ${modelParts.map((part) => `has(self.model.${part})`).join(" || ")}`,
      message: messages.asksForNothing,
    }),
  );

/**
 * The schema of an EvaluationPolicy as people write it. Refuses keys that it does not know.
 *
 * What lies in this folder is the one source of the documents' TypeScript types, their validation, the editors'
 * policies/schema.json and the custom resources in deploy/crds. It stays structural in the Kubernetes sense: no unions, no
 * free-form objects.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export const policyDocument = z
  .strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal("EvaluationPolicy"),
    metadata,
    spec: z.strictObject({
      mode: z.enum(["Enforce", "Warn", "Audit"]).default("Enforce"),
      onUnavailable: z.enum(["Deny", "Warn"]).default("Deny").describe("What to do when the gate could not look."),
      match: match.optional(),
      exclude: match
        .meta(
          checkInCluster({
            rule: "has(self.namespaces) || has(self.namespaceSelector) || has(self.objectSelector) || has(self.kinds) || (has(self.accelerator) && self.accelerator == 'Required')",
            message: messages.leavesOutEverything,
          }),
        )
        .optional()
        .describe("Workloads that all given fields match are left out."),
      workload: z
        .strictObject({
          modelName: valueSources.optional(),
          modelVersion: valueSources.optional(),
          environment: valueSources.optional(),
          declared: declared.optional(),
          openEnvironment: z
            .enum(["Refuse", "Accept"])
            .optional()
            .describe(
              "Accept: variables that an environment from elsewhere (envFrom) may set, and that change what is loaded, count as not set. Default Refuse.",
            ),
          images: z
            .array(text)
            .min(1)
            .max(1024)
            .optional()
            .describe(
              "The images that may run a model, each host/path@sha256:<64 hex>, by whole segments; ** only at the end. They are vouched for, with what their entry points do.",
            ),
        })
        .optional()
        .describe(
          "How the workload is read. Where it declares its model and environment the first source with a value counts.",
        ),
      evidence,
      require: z
        .array(requirement)
        .min(1)
        .max(64)
        .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] })
        .describe("What must be proved; each by one evaluation. Names are unique."),
    }),
  })
  .describe("What a workload must prove before it is admitted.");

/** An EvaluationPolicy that passed its schema. */
export type PolicyDocument = z.infer<typeof policyDocument>;

/** A field of an evaluation whose annotation a policy may choose. */
export type AnnotationField = keyof z.infer<typeof annotationKeys>;
