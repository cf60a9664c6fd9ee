import * as z from "zod";

/** The settings under `cluster`: what the gate reads from the Kubernetes API, and writes into it. */
export const cluster = z.strictObject({
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe("A kubeconfig file; its current context counts. Default: the service account of the gate's own pod."),
  policies: z
    .boolean()
    .default(true)
    .describe("Read EvaluationPolicies and EvaluationExceptions, together with those in `policies.directory`."),
  namespaces: z
    .boolean()
    .default(true)
    .describe("Read the labels of namespaces. The setting `namespaces` takes precedence."),
  claims: z
    .boolean()
    .default(true)
    .describe("Read the resource claims that a workload names, if a policy asks for its hardware class."),
  configMaps: z
    .boolean()
    .default(false)
    .describe(
      "Read the keys of the ConfigMaps that an environment comes from, if a policy does not accept an open environment. Never Secrets.",
    ),
  status: z
    .boolean()
    .default(true)
    .describe("Write the condition Ready into the status of policies and exceptions, from one replica."),
  events: z
    .boolean()
    .default(true)
    .describe(
      "Raise an Event for a denial, on the policies that deny and on the owner of the object. Never for a dry run; bursts are limited.",
    ),
  lease: z
    .strictObject({
      namespace: z.string().min(1).optional().describe("Default: the gate's own namespace."),
      name: z.string().min(1).default("assaygate").describe("Its name."),
    })
    .prefault({})
    .describe("The Lease by which the replicas elect the one that writes statuses."),
  relistMs: z
    .int()
    .min(1_000)
    .default(600_000)
    .describe("How often everything is listed again, whatever the watch reports."),
  staleAfterMs: z
    .int()
    .min(1_000)
    .default(120_000)
    .describe("How long a watch may be silent. Then it is reported as stale, and namespaces are looked up one by one."),
});

/** The settings under `guard`. */
export const guard = z.strictObject({
  labels: z
    .array(z.string().min(1))
    .default(["assaygate.dev/environment", "assaygate.dev/exclude"])
    .describe("Keys of namespace labels that policies and webhook configurations rely on; * is the only wildcard."),
  groups: z
    .array(z.string().min(1))
    .default(["system:masters"])
    .describe("Groups whose members may add, change and remove them."),
  users: z.array(z.string().min(1)).default([]).describe("Users who may do so, too."),
});

/** `cluster` of the configuration, checked. */
export type ClusterConfig = z.output<typeof cluster>;

/** `guard` of the configuration, checked. */
export type GuardConfig = z.output<typeof guard>;
