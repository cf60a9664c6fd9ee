import type { UnlistedResource } from "../../audit/finding.ts";
import { listConfiguredNamespaces, type Config } from "../../config/config.ts";
import type { StringMap } from "../../policies/workload.ts";
import type { KubeClient } from "../../webhook/cluster/client.ts";
import { listObjects } from "../../webhook/cluster/objects/list-objects.ts";
import { explainUnlisted } from "../../webhook/cluster/objects/list-workloads.ts";
import { readLabels, toNamespacePath } from "../../webhook/cluster/resources.ts";
import type { NamespaceLabels } from "../check/namespaces.ts";

/** The labels of namespaces, and why those of the cluster are not known, where they are not. */
export interface ReadNamespaces {
  readonly labels: NamespaceLabels;
  readonly unlisted: readonly UnlistedResource[];
}

const resource = { group: "", version: "v1", kind: "Namespace", resource: "namespaces", isNamespaced: false } as const;

/** The configuration's labels come first, as in a gate. Never rejects: labels that cannot be had are not known. */
export async function readNamespaces(
  client: Pick<KubeClient, "get" | "list">,
  namespace: string | undefined,
  config: Pick<Config, "namespaces">,
  signal: AbortSignal,
): Promise<ReadNamespaces> {
  const configured = listConfiguredNamespaces(config);
  const known = new Map<string, StringMap>();
  const labels: NamespaceLabels = (name) => configured(name) ?? known.get(name);
  try {
    if (namespace === undefined) {
      for await (const { name, object } of listObjects(client, resource, { namespace, pageSize: 500 }, signal))
        known.set(name, readLabels(object));
    } else known.set(namespace, readLabels(await client.get(toNamespacePath(namespace), signal)));
    return { labels, unlisted: [] };
  } catch (cause) {
    return { labels, unlisted: [explainUnlisted(resource, cause)] };
  }
}
