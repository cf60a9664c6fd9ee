import * as z from "zod";
import type { KubeClient } from "../cluster/client.ts";

/** A kind of report that clusters know. */
export interface ReportKind {
  /** `group/version`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  /** Whether a report says once for all of its results who wrote them. */
  readonly hasSource: boolean;
}

/**
 * The kinds of report, the one to prefer first: OpenReports came of the policy working group's, and tools move to it.
 * https://github.com/openreports/reports-api, https://github.com/kubernetes-sigs/wg-policy-prototypes
 */
export const reportKinds: readonly ReportKind[] = [
  { apiVersion: "openreports.io/v1alpha1", kind: "Report", plural: "reports", hasSource: true },
  { apiVersion: "wgpolicyk8s.io/v1alpha2", kind: "PolicyReport", plural: "policyreports", hasSource: false },
];

const resourceList = z.object({ resources: z.array(z.object({ name: z.string() })).default([]) });

/** The first kind of report that the cluster has; undefined where it has none. Rejects with a KubeError where it cannot be asked. */
export async function findReportKind(
  client: Pick<KubeClient, "find">,
  signal: AbortSignal,
): Promise<ReportKind | undefined> {
  for (const one of reportKinds) {
    const { resources } = resourceList.safeParse(await client.find(`/apis/${one.apiVersion}`, signal)).data ?? {};
    if (resources?.some(({ name }) => name === one.plural) === true) return one;
  }
  return undefined;
}
