import * as z from "zod";
import { digestOfRecord, reasonOfRecord } from "./record-words.ts";

const trouble = { reason: reasonOfRecord, message: z.string() };

const resultsArtifact = z.object({
  kind: z.enum(["none", "named", "agrees", "disagrees", "unavailable"]),
  reference: z.string().optional(),
  digest: z.string().optional(),
  reason: reasonOfRecord.optional(),
  message: z.string().optional(),
});

const evaluator = z.object({ name: z.string(), version: z.string().optional() });

const benchmark = z.object({
  provider: z.string().optional(),
  id: z.string(),
  metrics: z.record(z.string(), z.number()),
  bounds: z
    .array(
      z.object({
        metric: z.string(),
        comparator: z.enum([">=", ">", "<=", "<"]),
        threshold: z.string(),
        passed: z.boolean(),
      }),
    )
    .optional(),
  passed: z.boolean().optional(),
  version: z.string().optional(),
  evaluator: evaluator.optional(),
  samples: z.object({ scored: z.number(), total: z.number().optional() }).optional(),
  gaps: z
    .array(
      z.object({
        kind: z.enum(["limited", "failed", "unscored", "skipped", "invalidated", "unread"]),
        message: z.string(),
      }),
    )
    .optional()
    .describe("What the numbers leave out; empty: nothing. Absent: not known."),
  preRegistration: z
    .object({ manifest: digestOfRecord, evaluatedAt: z.string(), dataset: digestOfRecord.optional() })
    .optional()
    .describe("The registration that the result says that it was run under."),
  resultsArtifact: resultsArtifact.optional(),
});

const readContent = z.object({
  kind: z.literal("read"),
  benchmarks: z.array(benchmark),
  completedAt: z.string().optional(),
  stated: z
    .object({
      modelName: z.string().optional(),
      collectionId: z.string().optional(),
      modelNames: z.array(z.string()).optional(),
      isUntimed: z.boolean().optional(),
    })
    .optional(),
  evaluators: z.array(evaluator).optional(),
  unread: z.array(z.string()).optional().describe("Files that may hold more results and cannot be read."),
  attestation: z
    .object({
      subjects: z.array(z.string()),
      passed: z.boolean().optional(),
      verifier: z.string().optional(),
      registration: z
        .object({
          manifest: digestOfRecord,
          metric: z.string(),
          comparator: z.enum([">=", ">", "<=", "<", "=="]),
          threshold: z.number(),
          dataset: digestOfRecord.optional(),
        })
        .optional()
        .describe("The bar that the statement registers, where it does that."),
    })
    .optional(),
});

const content = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("not-read") }),
  z.object({ kind: z.literal("none"), files: z.array(z.string()).optional() }),
  readContent,
  z.object({ kind: z.literal("refused"), ...trouble }),
  z.object({ kind: z.literal("unavailable"), ...trouble }),
]);

/** What became of looking for signatures. */
export const signaturesRecord = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("not-looked-for") }),
  z.object({
    kind: z.literal("checked"),
    seen: z.number(),
    verified: z.array(
      z.object({
        signer: z.string(),
        identity: z.string(),
        revocation: z.object({ reason: z.string().optional(), revokedAt: z.string().optional() }).optional(),
        witness: z
          .object({ kind: z.enum(["known", "unknown"]), at: z.string().optional(), message: z.string().optional() })
          .optional()
          .describe("When it was signed at the latest, by others than the signer; of registrations alone."),
      }),
    ),
    problems: z.array(z.object({ signer: z.string(), kind: z.enum(["invalid", "other-signer"]), message: z.string() })),
    unseen: z
      .object({
        kind: z.enum(["too-many", "invalid", "unavailable"]),
        reason: reasonOfRecord.optional(),
        message: z.string(),
      })
      .optional(),
  }),
  z.object({ kind: z.literal("unavailable"), ...trouble }),
]);

/** What was read of one artifact. */
export const artifactRecord = z
  .object({
    kind: z.enum(["generic", "evalhub-results", "evaluation-card", "attestation", "image"]),
    subject: z.string().optional(),
    annotations: z.record(z.string(), z.string()).describe("Those that the policies in force read."),
    content: content.describe(
      "Benchmarks and metrics that the policies in force ask for; all where one has expressions.",
    ),
    signatures: signaturesRecord,
    revocations: signaturesRecord
      .optional()
      .describe("Who has revoked it, of those whom a policy lets revoke. Absent where no policy does."),
  })
  .describe("What was read of the artifact. Absent where it was not found.");

/** What was found under one reference. */
export const evidenceRecord = z.object({
  repository: z.string(),
  digest: digestOfRecord,
  state: z.enum(["found", "absent", "refused", "unavailable"]),
  signers: z.array(z.string()),
  evaluators: z.array(evaluator).optional().describe("The tools that wrote the results, where that shows."),
  reason: reasonOfRecord.optional().describe("Why it was refused, or could not be had."),
  message: z.string().optional(),
  artifact: artifactRecord.optional(),
});
