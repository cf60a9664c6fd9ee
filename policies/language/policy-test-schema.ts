import * as z from "zod";
import { apiVersion } from "../schema/fields.ts";
import { isReason, reasons } from "../reasons.ts";
import { findNearest } from "./nearest.ts";

const strings = z.record(z.string(), z.string());
const object = z.record(z.string(), z.unknown());

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 lower-case hex digits");

const signedBy = z
  .array(z.string())
  .default([])
  .describe("Who signed it: a publicKey or keyRef as the policy writes it, or a certificate's identity.");

const model = z.strictObject({
  repository: z
    .string()
    .describe("Where the signatures of the model lie: its own, or one that the policy names in full."),
  digest: digest.describe("The model's, as the workload runs it."),
  signedBy,
  state: z
    .enum(["found", "unavailable"])
    .default("found")
    .describe("Whether signatures could be looked for in this repository."),
});
const models = z.array(model).describe("Models that are signed themselves, file by file.");

const comparator = z.enum([">=", ">", "<=", "<"]);

const preRegistration = z
  .strictObject({ manifest: digest, evaluatedAt: z.string().describe("RFC 3339: when it was run.") })
  .describe("The registration that an evaluation result names.");

const registration = z
  .strictObject({
    manifest: digest.describe("By which results name it."),
    metric: z.string(),
    comparator,
    threshold: z.number(),
    registeredAt: z
      .string()
      .optional()
      .describe("RFC 3339: the time that a log or a timestamp authority vouches for; default: none does."),
  })
  .describe("A bar that was fixed before a run: the entry is a registration, not an evaluation.");

const evidence = z.strictObject({
  repository: z.string(),
  digest,
  subject: digest.optional(),
  signedBy,
  revokedBy: z
    .array(z.string())
    .default([])
    .describe("Who has revoked it, as in signedBy: it counts where the policy names them among its revokers."),
  state: z.enum(["found", "absent", "corrupt", "unavailable"]).default("found"),
  annotations: strings.default({}),
  benchmarks: z
    .array(
      z.strictObject({
        provider: z.string().optional(),
        id: z.string(),
        metrics: z.record(z.string(), z.number()).default({}),
        passed: z.boolean().optional(),
        version: z.string().optional(),
        evaluator: z.strictObject({ name: z.string(), version: z.string().optional() }).optional(),
        samples: z.int().min(0).optional().describe("How many samples the metrics are over; default: not known."),
        complete: z
          .boolean()
          .optional()
          .describe("Whether they are over all of its samples, with nothing left out; default: not known."),
        bounds: z
          .array(
            z.strictObject({
              metric: z.string(),
              comparator,
              threshold: z
                .string()
                .regex(/^-?[0-9]{1,30}(?:\.[0-9]{1,30})?$/, 'must be a decimal in quotes, such as "0.62"'),
              passed: z.boolean().default(true),
            }),
          )
          .optional()
          .describe("What an evaluation result states in place of values."),
        preRegistration: preRegistration.optional(),
        resultsArtifact: z
          .enum(["Agrees", "None", "Disagrees", "Unavailable"])
          .optional()
          .describe(
            "In a card: what became of the results that this row names. Leave it out where these are the results.",
          ),
      }),
    )
    .optional(),
  completedAt: z.string().optional(),
  registration: registration.optional(),
});

const time = z.string().describe("RFC 3339; the time at which the case is judged.");

/** A unit test of policies: workloads and evidence by hand, and what must come of them. Runs with no network. */
export const policyTestDocument = z
  .strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal("PolicyTest"),
    metadata: z.strictObject({ name: z.string().min(1) }),
    spec: z.strictObject({
      policies: z
        .array(z.string())
        .min(1)
        .optional()
        .describe("Names of the policies under test; default: all that were loaded."),
      now: time,
      namespaceLabels: strings.optional(),
      workload: object.describe("A Kubernetes object: what each case starts from."),
      evidence: z.array(evidence).describe("What the registries hold: what each case starts from."),
      models: models.default([]),
      cases: z
        .array(
          z.strictObject({
            name: z.string().min(1),
            now: time.optional(),
            namespaceLabels: strings.optional(),
            workloadPatch: object
              .optional()
              .describe("A JSON merge patch (RFC 7386) on the workload: null removes a field."),
            evidence: z.array(evidence).optional().describe("Replaces the evidence."),
            models: models.optional(),
            evidencePatch: object.optional().describe("A JSON merge patch on every entry of the evidence."),
            expect: z.strictObject({
              decision: z.enum(["admit", "warn", "deny"]),
              reasons: z
                .array(z.string().refine(isReason, { error: ({ input }) => explainUnknownReason(String(input)) }))
                .optional()
                .describe("All of them; order does not matter."),
              messages: z
                .array(z.string().min(1))
                .optional()
                .describe("Texts, each of which some finding's message holds: what whoever deploys is told to do."),
            }),
          }),
        )
        .min(1),
    }),
  })
  .describe("Unit tests of policies.");

/** A PolicyTest that passed its schema. */
export type PolicyTestDocument = z.infer<typeof policyTestDocument>;

/** Evidence as a policy test writes it down. */
export type TestEvidence = PolicyTestDocument["spec"]["evidence"][number];

function explainUnknownReason(text: string): string {
  const meant = findNearest(text, Object.keys(reasons));
  const hint = meant === undefined ? "`assaygate explain` lists them" : `did you mean ${meant}?`;
  return `is not a reason code: ${hint}`;
}
