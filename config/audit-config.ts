import * as z from "zod";

/** The settings under `audit`: how the gate looks again at what runs. */
export const audit = z.strictObject({
  intervalMs: z.int().min(1_000).default(3_600_000).describe("How long after the end of one audit the next begins."),
  objectsPerSecond: z
    .int()
    .min(1)
    .max(1_000)
    .default(10)
    .describe(
      "How many objects are looked at in a second, at most. They are judged one after the other, beside the reviews.",
    ),
  excludedNamespaces: z
    .array(z.string().min(1))
    .default(["kube-system", "kube-public", "kube-node-lease"])
    .describe("Namespaces that are left out, by name: those about which the API server does not ask the gate."),
  reports: z
    .boolean()
    .default(true)
    .describe(
      "Write what was found into a report for each object: OpenReports, or else PolicyReports, whichever the cluster has.",
    ),
  lease: z
    .strictObject({
      namespace: z.string().min(1).optional().describe("Default: the gate's own namespace."),
      name: z.string().min(1).default("assaygate-audit").describe("Its name."),
    })
    .prefault({})
    .describe("The Lease by which the replicas choose the one that audits."),
});

/** `audit` of the configuration, checked. */
export type AuditConfig = z.output<typeof audit>;
