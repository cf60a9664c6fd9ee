import { auditObjects, type AuditOptions } from "../../audit/audit-objects.ts";
import type { AuditFinding, AuditResult, ClusterObject, ObjectAudit, UnlistedResource } from "../../audit/finding.ts";
import { limitRate } from "../../runtime/limit-rate.ts";
import type { KubeClient } from "../cluster/client.ts";
import { listWorkloads } from "../cluster/objects/list-workloads.ts";

/** What one pass needs. */
export interface PassOptions extends Omit<AuditOptions, "atOnce"> {
  readonly client: Pick<KubeClient, "get" | "list">;
  readonly objectsPerSecond: number;
  /** By name. */
  readonly excludedNamespaces: readonly string[];
  /** Told of each object when it was looked at. Waited for. */
  write(audit: ObjectAudit, signal: AbortSignal): Promise<void>;
}

/** How many findings have this result and this code. */
export interface FindingCount {
  readonly result: AuditResult;
  readonly code: string;
  readonly count: number;
}

/** What one pass came to. */
export interface PassSummary {
  readonly objects: number;
  readonly findings: readonly FindingCount[];
  readonly unlisted: readonly UnlistedResource[];
}

/** Objects of one page: as many are held. */
const pageSize = 50;

/**
 * Looks at every workload of the cluster once, one after the other and no faster than so many a second. Undefined where it was
 * stopped before the end. Rejects with a KubeError where the cluster cannot be asked at all.
 */
export async function runAuditPass(options: PassOptions, signal: AbortSignal): Promise<PassSummary | undefined> {
  const { client, kinds, objectsPerSecond, excludedNamespaces, write } = options;
  const list = await listWorkloads(client, kinds, { namespace: undefined, pageSize }, signal);
  const counts = new Map<string, FindingCount>();
  let objects = 0;
  const paced = limitRate(leaveOut(list.objects, new Set(excludedNamespaces)), objectsPerSecond, signal);
  for await (const audit of auditObjects(paced, { ...options, atOnce: 1 })) {
    if (signal.aborted) return undefined;
    objects += 1;
    for (const finding of audit.findings) countIn(counts, finding);
    await write(audit, signal);
  }
  return signal.aborted ? undefined : { objects, findings: [...counts.values()], unlisted: list.unlisted };
}

async function* leaveOut(
  objects: AsyncIterable<ClusterObject>,
  namespaces: ReadonlySet<string>,
): AsyncGenerator<ClusterObject> {
  for await (const object of objects) if (!namespaces.has(object.namespace)) yield object;
}

function countIn(counts: Map<string, FindingCount>, { result, code }: AuditFinding): void {
  const key = `${result} ${code}`;
  const count = (counts.get(key)?.count ?? 0) + 1;
  counts.set(key, { result, code, count });
}
