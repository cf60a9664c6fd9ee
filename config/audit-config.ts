import * as z from "zod";

/** The settings under `audit`: how the gate looks again at what runs. */
export const audit = z.strictObject({
  intervalMs: z
    .int()
    .min(1_000)
    .default(3_600_000)
    .describe("The time from the end of one audit to the start of the next."),
  objectsPerSecond: z
    .int()
    .min(1)
    .max(1_000)
    .default(10)
    .describe("The most objects to audit in a second. They are judged one after the other, beside the reviews."),
  excludedNamespaces: z
    .array(z.string().min(1))
    .default(["kube-system", "kube-public", "kube-node-lease"])
    .describe("Namespaces to leave out, by name: those that the API server does not send to the gate."),
  reports: z
    .boolean()
    .default(true)
    .describe("Write a report for each object: OpenReports, or PolicyReports if the cluster has no OpenReports."),
  lease: z
    .strictObject({
      namespace: z.string().min(1).optional().describe("Default: the gate's own namespace."),
      name: z.string().min(1).default("assaygate-audit").describe("Its name."),
    })
    .prefault({})
    .describe("The Lease by which the replicas elect the one that audits."),
});

/** `audit` of the configuration, checked. */
export type AuditConfig = z.output<typeof audit>;
