import { writeLayout } from "../support/artifacts.ts";
import { evaluation, referenceTo } from "../support/builders/evaluation.ts";
import type { Json } from "../support/builders/json.ts";
import { policy } from "../support/builders/policy.ts";
import { deployment } from "../support/builders/workload.ts";
import type { ClusterClient } from "../support/cluster/client.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { startGate, temporaryFolder } from "../support/cluster/suite.ts";

/** Evaluations of the model that `deployment` of the golden cases runs: made today, good in everything but what is named. */
const created = { "org.opencontainers.image.created": new Date().toISOString() };
const good = evaluation(created);
const elsewhere = evaluation({ ...created, "dev.assaygate.environment": "staging" });

/** Values of the annotation assaygate.dev/evaluation. */
export const evidence = {
  good: referenceTo(good),
  ofStaging: referenceTo(elsewhere),
} as const;

/** What production asks for. */
const production: Json = {
  environment: ["production"],
  hardwareClass: ["SameAsWorkload"],
  complianceTags: ["eu-ai-act:art-15"],
  maxAge: "30d",
};

/** A gate that finds the evaluations above in an image layout. Policies by file name; `config` is merged over the rest. */
export async function startGateWithEvidence(
  policies: Readonly<Record<string, Json>>,
  config: Json = {},
  env: NodeJS.ProcessEnv = {},
): Promise<GateProcess> {
  const layout = await temporaryFolder("layout");
  await writeLayout(layout, [good, elsewhere]);
  return startGate({ policies, config: { layout, ...config }, env });
}

/** A policy for one namespace. */
export function policyFor(namespace: string, spec: Json = {}): Json {
  return policy(production, { match: { namespaces: [namespace] }, ...spec }, `for-${namespace}`);
}

/** The golden cases' Deployment, in a namespace of the suite. */
export function granite(namespace: string, reference: string | undefined, change: Json = {}): Json {
  const { metadata, ...rest } = deployment(reference, change) as { metadata: Json };
  return { ...rest, metadata: { ...metadata, namespace } };
}

/** Lets a user who is nobody else do what a namespace's editor may. */
export async function makeEditor(cluster: ClusterClient, user: string, namespace: string): Promise<void> {
  // The role `edit` is empty where no controller aggregates these into it.
  for (const part of ["edit", "view"]) {
    const role = `--clusterrole=system:aggregate-to-${part}`;
    await cluster.admin(["create", "rolebinding", `${user}-${part}`, role, `--user=${user}`, "-n", namespace]);
  }
}
