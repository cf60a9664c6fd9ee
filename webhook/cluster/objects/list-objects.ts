import type { ClusterObject } from "../../../audit/finding.ts";
import { isFields } from "../../../workload/shape.ts";
import type { KubeClient } from "../client.ts";
import { hasStatus, KubeError } from "../kube-error.ts";
import { createPages, type ListPage } from "../pages.ts";
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
/** Empty pages, or objects that were given before, without anything new: besides those that are read again in a list begun anew. */
const maxIdle = 256;
/** Of one kind: more than any cluster keeps. */
const maxObjects = 1_000_000;

/**
 * The objects of one kind, page by page: the next one is asked for while this one is worked on, and no more than these two are
 * held. Where objects are so large that a page takes too many bytes, a shorter one is asked for. Where the API server has
 * forgotten the list meanwhile (410), it is begun anew, and what was given is left out. Rejects with a KubeError, also for a list
 * that goes on without an end, and with AnswerTooLarge for a single object that no API server would keep.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export async function* listObjects(
  client: Pick<KubeClient, "list">,
  kind: ServedKind,
  options: ListOptions,
  signal: AbortSignal,
): AsyncGenerator<ClusterObject> {
  const { fetchPage, noteProgress } = createPager(client, toPath(kind, options.namespace), options.pageSize, signal);
  const given = new Set<string>();
  let idle = 0;
  let coming: Promise<ListPage> | undefined = fetchPage("");
  while (coming !== undefined) {
    const page: ListPage = await coming;
    coming = page.continue === "" ? undefined : fetchPage(page.continue);
    // It is waited for when this page is done with: until then, a rejection is nobody's.
    coming?.catch(() => undefined);
    idle += 1;
    for (const item of page.items) {
      const object = toClusterObject(kind, item);
      const id = `${object.namespace}/${object.name}`;
      idle += 1;
      if (given.has(id)) continue;
      given.add(id);
      idle = 0;
      noteProgress();
      yield object;
    }
    checkEnd(given.size, idle);
  }
}

/** Throws a KubeError where a list goes on and gives nothing new, or more than there can be. */
function checkEnd(given: number, idle: number): void {
  if (given > maxObjects) throw new KubeError(`the API server lists more than ${maxObjects} objects of one kind`);
  if (idle > maxIdle + 2 * (maxRestarts + 1) * given)
    throw new KubeError("the API server goes on with a list and gives nothing new");
}

interface Pager {
  /** The page that a token of the one before names; the first one for none. */
  fetchPage(next: string): Promise<ListPage>;
  /** Something new has come: a list that takes hours to read may be begun anew as often as it is forgotten. */
  noteProgress(): void;
}

function createPager(client: Pick<KubeClient, "list">, path: string, pageSize: number, signal: AbortSignal): Pager {
  const fetch = createPages(client, path, pageSize, signal);
  let restarts = 0;
  const fetchPage = async (next: string): Promise<ListPage> => {
    try {
      return await fetch(next);
    } catch (cause) {
      if (!hasStatus(cause, 410) || restarts === maxRestarts) throw cause;
      restarts += 1;
      return fetchPage("");
    }
  };
  return { fetchPage, noteProgress: () => void (restarts = 0) };
}

function toPath({ group, version, resource, isNamespaced }: ServedKind, namespace: string | undefined): string {
  const base = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const within = namespace === undefined || !isNamespaced ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${base}${within}/${resource}`;
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
