import * as z from "zod";
import { toKindKey } from "../../../workload/kinds/kinds.ts";
import { parseObject } from "../answer.ts";
import type { KubeClient } from "../client.ts";
import { describeFailure } from "../kube-error.ts";

/** A kind that a cluster serves, and under which path. */
export interface ServedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** `deployments`. */
  readonly resource: string;
  readonly isNamespaced: boolean;
}

/** What a cluster serves of the kinds that were asked for, and what it would not say, by API group. */
export interface ServedKinds {
  readonly served: readonly ServedKind[];
  readonly unknown: ReadonlyMap<string, string>;
}

const groupList = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      versions: z.array(z.object({ version: z.string() })),
      preferredVersion: z.object({ version: z.string() }).optional(),
    }),
  ),
});
const resourceList = z.object({
  resources: z.array(
    z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean(), verbs: z.array(z.string()).default([]) }),
  ),
});

/**
 * Which of these kinds the cluster serves, by its own discovery: every kind once, in the version that the cluster prefers. A group
 * that does not answer, as an aggregated API may, hides no other. Rejects with a KubeError where the cluster cannot be asked.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
export async function findServedKinds(
  client: Pick<KubeClient, "get">,
  kinds: Iterable<{ readonly group: string; readonly kind: string }>,
  signal: AbortSignal,
): Promise<ServedKinds> {
  const wanted = Map.groupBy(kinds, ({ group }) => group);
  const { groups } = parseObject(groupList, await client.get("/apis", signal), "a list of API groups");
  const served: ServedKind[] = [];
  const unknown = new Map<string, string>();
  for (const [group, ofGroup] of wanted) {
    const versions = group === "" ? ["v1"] : listVersions(groups.find(({ name }) => name === group));
    const missing = new Set(ofGroup.map(({ kind }) => kind));
    let problem: string | undefined;
    for (const version of versions) {
      if (missing.size === 0) break;
      try {
        for (const one of await listResources(client, group, version, signal))
          if (missing.delete(one.kind)) served.push(one);
      } catch (cause) {
        problem = describeFailure(cause);
      }
    }
    if (problem !== undefined && missing.size > 0) unknown.set(group, problem);
  }
  return { served: served.toSorted((a, b) => rankKind(a) - rankKind(b)), unknown };
}

/** The preferred one first. */
function listVersions(group: z.output<typeof groupList>["groups"][number] | undefined): string[] {
  if (group === undefined) return [];
  const preferred = group.preferredVersion?.version;
  return [
    ...new Set([...(preferred === undefined ? [] : [preferred]), ...group.versions.map(({ version }) => version)]),
  ];
}

async function listResources(
  client: Pick<KubeClient, "get">,
  group: string,
  version: string,
  signal: AbortSignal,
): Promise<ServedKind[]> {
  const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const { resources } = parseObject(resourceList, await client.get(path, signal), "a list of resources");
  return resources
    .filter(({ name, verbs }) => !name.includes("/") && verbs.includes("list"))
    .map(({ name, kind, namespaced }) => ({ group, version, kind, resource: name, isNamespaced: namespaced }));
}

/** What is made for others comes after them. */
const ranks: ReadonlyMap<string, number> = new Map([
  ["Deployment.apps", 1],
  ["StatefulSet.apps", 1],
  ["DaemonSet.apps", 1],
  ["CronJob.batch", 1],
  ["ReplicaSet.apps", 2],
  ["ReplicationController", 2],
  ["Job.batch", 2],
  ["Pod", 3],
]);

/** An operator's kinds come first: they own the others. */
function rankKind({ group, kind }: ServedKind): number {
  return ranks.get(toKindKey(group, kind)) ?? 0;
}
