import * as z from "zod";
import { digestOfRecord, reasonOfRecord } from "./record-words.ts";
import { evidenceRecord } from "./evidence-schema.ts";
import { recordVersion } from "./record-version.ts";
import { objectRecord, workloadRecord } from "./workload-schema.ts";

const finding = z
  .object({
    policy: z.string(),
    requirement: z.string(),
    check: z.string(),
    outcome: z.enum(["pass", "fail", "error"]),
    reason: reasonOfRecord.optional(),
    expected: z.string().optional().describe("What was asked for. At most 512 characters."),
    found: z.string().optional().describe("What was found, of a check that passed, too."),
    message: z.string().optional(),
    remedy: z.string().optional(),
    field: z.string().optional().describe("JSON path in the object."),
    evidence: z.string().optional().describe("repository@digest, or the reference as written."),
    model: z.string().optional(),
  })
  .describe("What one check found.");

const spec = z.record(z.string(), z.unknown()).describe("Its spec, whole, where the configuration says so.");

const policy = z.object({
  name: z.string(),
  digest: digestOfRecord.describe("Of its name and its spec."),
  mode: z.enum(["Enforce", "Warn", "Audit"]),
  outcome: z.enum(["pass", "fail", "error"]).describe("What it comes to on its own, before its mode."),
  spec: spec.optional(),
});

const settings = z
  .object({ noMatch: z.enum(["Admit", "Deny"]), maxExceptionMs: z.number() })
  .describe("What the configuration says of decisions.");

/** One line for one decision: what an auditor keeps, and what it takes to decide again. */
export const recordSchema = z.object({
  schema: z.literal(recordVersion),
  time: z.iso.datetime({ offset: true }).describe("The time that the decision judged by."),
  uid: z.string().describe("The review's."),
  user: z.object({ username: z.string(), groups: z.array(z.string()) }),
  operation: z.string(),
  object: objectRecord,
  dryRun: z.boolean(),
  decision: z.enum(["admit", "warn", "deny"]),
  basis: z.enum(["judged", "no-policy", "unchanged", "delegated"]),
  couldNotLook: z.boolean(),
  reasons: z.array(z.string()),
  findings: z.array(finding),
  workload: workloadRecord.optional(),
  policySet: z.string().describe("Digest of the policy set in force."),
  policies: z.array(policy),
  evidence: z.array(evidenceRecord),
  trust: digestOfRecord.optional().describe("Of the keys, roots and trust stores in force."),
  exceptions: z.array(z.string()),
  exemption: z
    .object({ name: z.string(), digest: digestOfRecord, spec: spec.optional() })
    .optional()
    .describe("The exception that was used."),
  settings: settings.optional(),
  remarks: z.array(z.string()),
  cached: z.boolean(),
  durationMs: z.object({ read: z.number(), collect: z.number(), decide: z.number() }),
  gateVersion: z.string(),
  truncated: z.record(z.string(), z.number()).optional().describe("How many entries of what were left out."),
});

/** A decision record, read and found to be one. */
export type ReadRecord = z.output<typeof recordSchema>;

/** As {@link ReadRecord}, for whoever writes one: nothing in it is changed. */
export type DecisionRecord = Immutable<z.input<typeof recordSchema>>;

/** A value, and all that it holds, for reading alone. */
export type Immutable<T> = T extends (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T;
