import type { ClusterObject, UnlistedResource } from "../../../audit/finding.ts";
import { toKindKey, type KindTable } from "../../../workload/kinds/kinds.ts";
import type { KubeClient } from "../client.ts";
import { describeFailure, hasStatus } from "../kube-error.ts";
import { listObjects, type ListOptions } from "./list-objects.ts";
import { findServedKinds, type ServedKind } from "./served-kinds.ts";

/** The workloads of a cluster, and what of them cannot be listed. */
export interface WorkloadList {
  /** Owners before what was made for them. Goes on with the next kind where one cannot be listed. Can be read once. */
  readonly objects: AsyncIterable<ClusterObject>;
  /** Grows while the objects are read. */
  readonly unlisted: readonly UnlistedResource[];
  /** The kinds that are listed. */
  readonly kinds: readonly ServedKind[];
}

/** Every object of every kind in the table that the cluster serves. Rejects with a KubeError where it cannot be asked at all. */
export async function listWorkloads(
  client: Pick<KubeClient, "get" | "list">,
  kinds: KindTable,
  options: ListOptions,
  signal: AbortSignal,
): Promise<WorkloadList> {
  const { served, unknown } = await findServedKinds(client, kinds.values(), signal);
  const unlisted: UnlistedResource[] = [...unknown].map(([group, message]) => ({ resource: `*.${group}`, message }));
  const listed = served.filter(({ isNamespaced }) => isNamespaced || options.namespace === undefined);
  return { objects: listAll(client, listed, options, signal, unlisted), unlisted, kinds: listed };
}

async function* listAll(
  client: Pick<KubeClient, "get" | "list">,
  served: readonly ServedKind[],
  options: ListOptions,
  signal: AbortSignal,
  unlisted: UnlistedResource[],
): AsyncGenerator<ClusterObject> {
  for (const kind of served) {
    try {
      yield* listObjects(client, kind, options, signal);
    } catch (cause) {
      unlisted.push(explainUnlisted(kind, cause, options.namespace));
    }
  }
}

/** Why a resource could not be listed, and the rule that would let it. */
export function explainUnlisted(
  { group, resource }: Pick<ServedKind, "group" | "resource">,
  cause: unknown,
  namespace?: string,
): UnlistedResource {
  const name = toKindKey(group, resource);
  if (!hasStatus(cause, 403)) return { resource: name, message: describeFailure(cause) };
  const role = namespace === undefined ? "ClusterRole" : `Role in ${namespace}`;
  const rule = `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["list"]}`;
  return { resource: name, message: `${describeFailure(cause)}; add the rule ${rule} to a ${role} of who audits` };
}
