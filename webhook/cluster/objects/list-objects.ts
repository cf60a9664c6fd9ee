import type { ClusterObject } from "../../../audit/finding.ts";
import { isFields } from "../../../workload/shape.ts";
import type { KubeClient } from "../client.ts";
import { hasStatus, KubeError } from "../kube-error.ts";
import { readList } from "../watch-answers.ts";
import type { ServedKind } from "./served-kinds.ts";

/** What is listed, and how much of it at once. */
export interface ListOptions {
  /** Undefined: all of them. */
  readonly namespace: string | undefined;
  /** Objects of one answer: all that is held of a list at a time. */
  readonly pageSize: number;
}

/** So often a list is begun anew whose pages the API server no longer keeps, without that anything new comes of it. */
const maxRestarts = 3;

/**
 * The objects of one kind, page by page: no more than one page is held. Where the API server has forgotten the list meanwhile
 * (410), it is begun anew, and what was given is left out. Rejects with a KubeError.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export async function* listObjects(
  client: Pick<KubeClient, "list">,
  kind: ServedKind,
  { namespace, pageSize }: ListOptions,
  signal: AbortSignal,
): AsyncGenerator<ClusterObject> {
  const path = pathOf(kind, namespace);
  const given = new Set<string>();
  for (let restarts = 0, next = ""; ;) {
    const query = new URLSearchParams({ limit: String(pageSize), ...(next !== "" && { continue: next }) });
    try {
      const page = readPage(await client.list(`${path}?${query.toString()}`, signal));
      for (const item of page.items) {
        const object = toClusterObject(kind, item);
        const id = `${object.namespace}/${object.name}`;
        if (given.has(id)) continue;
        given.add(id);
        restarts = 0;
        yield object;
      }
      next = page.continue;
      if (next === "") return;
    } catch (cause) {
      if (!hasStatus(cause, 410) || restarts === maxRestarts) throw cause;
      restarts += 1;
      next = "";
    }
  }
}

function pathOf({ group, version, resource, isNamespaced }: ServedKind, namespace: string | undefined): string {
  const base = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const within = namespace === undefined || !isNamespaced ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${base}${within}/${resource}`;
}

function readPage(answer: unknown): ReturnType<typeof readList> {
  try {
    return readList(answer);
  } catch (cause) {
    throw new KubeError("the API server sent what is not a list", { cause });
  }
}

/** Items of a list leave out what they all have in common. */
function toClusterObject({ group, version, kind }: ServedKind, item: unknown): ClusterObject {
  const fields = isFields(item) ? item : {};
  const metadata = isFields(fields["metadata"]) ? fields["metadata"] : {};
  const { namespace, name } = metadata;
  return {
    group,
    version,
    kind,
    namespace: typeof namespace === "string" ? namespace : "",
    name: typeof name === "string" ? name : "",
    object: { apiVersion: group === "" ? version : `${group}/${version}`, kind, ...fields },
  };
}
