import * as z from "zod";
import { apiVersion, metadata, resourceName, text } from "./fields.ts";

/** The schema of an EvaluationException. Refuses keys that it does not know. */
export const exceptionDocument = z
  .strictObject({
    apiVersion: z.literal(apiVersion),
    kind: z.literal("EvaluationException"),
    metadata,
    spec: z.strictObject({
      scope: z.strictObject({
        namespace: text.describe("A name; * is the only wildcard."),
        kind: text.describe("Kind, or Kind.group."),
        name: text.describe("A name; * is the only wildcard."),
      }),
      policies: z.array(resourceName).min(1).max(64),
      requirements: z.array(resourceName).min(1).max(64).describe("Names of requirements in those policies."),
      reason: text,
      owner: text,
      expiresAt: z
        .string()
        .regex(
          /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})$/,
          "must be an RFC 3339 time such as 2026-12-01T00:00:00Z",
        ),
    }),
  })
  .describe("Exempts workloads from the named requirements for a while. For the security team only.");

/** An EvaluationException that passed its schema. */
export type ExceptionDocument = z.infer<typeof exceptionDocument>;
