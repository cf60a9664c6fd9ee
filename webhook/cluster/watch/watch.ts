import { pause } from "../../../runtime/pause.ts";
import type { KubeClient } from "../client.ts";
import { hasStatus, KubeError, toRefusal } from "../kube-error.ts";
import { createPages } from "../pages.ts";
import { readEvent, readMetadata } from "./watch-answers.ts";

/** A cluster-scoped resource, and what is kept of each of its objects. */
export interface Resource<T> {
  /** For messages and the metrics' label, such as `namespaces`. */
  readonly name: string;
  /** Of the whole list, such as `/api/v1/namespaces`. */
  readonly path: string;
  read(object: unknown): T;
}

/** A resource as the cluster last showed it. */
export interface LiveResource<T> {
  readonly name: string;
  /** By name; undefined before the first whole list. */
  items(): ReadonlyMap<string, T> | undefined;
  /** Milliseconds since the API server last gave a sign of life on it; Infinity before the first. */
  ageMs(): number;
  /** Why the last try failed; undefined while the watch is open. */
  problem(): KubeError | undefined;
}

/** Who is told of a watch. */
export interface WatchObserver {
  /** A watch was opened: the resource is followed. */
  opened(): void;
  /** Something may have changed. */
  changed(): void;
  /** A try failed; another one follows. */
  failed(problem: KubeError): void;
}

/** How often and how long a resource is listed and watched, in milliseconds. */
export interface WatchTimes {
  /** Between two whole lists. */
  readonly relistMs: number;
  /** After which the API server is asked to end a watch; it may take up to a quarter more. */
  readonly watchMs: number;
  /** How much later than that the end may come, before the connection is taken for dead. */
  readonly graceMs: number;
  /** Wait after the first failure in a row; it doubles, up to `maxBackoffMs`. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

/**
 * A short watch ends often, and every end is a sign of life. One that waits for events alone cannot tell a quiet resource
 * from a connection that died in silence.
 */
export const defaultWatchTimes: WatchTimes = {
  relistMs: 600_000,
  watchMs: 45_000,
  graceMs: 10_000,
  backoffMs: 500,
  maxBackoffMs: 30_000,
};

const pageSize = 500;
/** A server that ends each watch at once must not be asked in a tight loop. */
const minWatchMs = 1_000;

/**
 * Lists a resource and then watches it until `stop` aborts: after a failure again, more and more slowly; from the start
 * where the API server no longer knows the version (410 Gone), and every `relistMs` to be sure.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export function watchResource<T>(
  client: KubeClient,
  resource: Resource<T>,
  times: WatchTimes,
  observer: WatchObserver,
  stop: AbortSignal,
): LiveResource<T> {
  const watch: Watch<T> = { client, resource, times, observer, stop, aliveAtMs: -Infinity, listedAtMs: -Infinity };
  void keepWatching(watch);
  return {
    name: resource.name,
    items: () => watch.items,
    ageMs: () => performance.now() - watch.aliveAtMs,
    problem: () => watch.problem,
  };
}

interface Watch<T> {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  readonly times: WatchTimes;
  readonly observer: WatchObserver;
  readonly stop: AbortSignal;
  items?: Map<string, T>;
  /** From where to watch; undefined where only a whole list tells. */
  version?: string | undefined;
  problem?: KubeError | undefined;
  /** By `performance.now()`, as `listedAtMs`. */
  aliveAtMs: number;
  listedAtMs: number;
}

async function keepWatching<T>(watch: Watch<T>): Promise<void> {
  const { times, stop } = watch;
  let failures = 0;
  while (!stop.aborted) {
    const startMs = performance.now();
    try {
      await listAndWatch(watch);
      failures = 0;
      await pause(minWatchMs - (performance.now() - startMs), stop);
    } catch (cause) {
      if (stop.aborted) return;
      // A watch that stood for a while and then broke is the first failure in a row.
      failures = performance.now() - startMs > times.maxBackoffMs ? 1 : failures + 1;
      noteProblem(watch, cause);
      await pause(backoffMs(times, failures), stop);
    }
  }
}

/** So many pages of a list may be without anything new. */
const maxIdlePages = 256;

/** One watch, until the API server ends it; before it a whole list, where there has been none for a while. */
async function listAndWatch<T>(watch: Watch<T>): Promise<void> {
  const isListOld = performance.now() - watch.listedAtMs >= watch.times.relistMs;
  if (watch.version === undefined || isListOld) await listAll(watch);
  if (watch.version !== undefined) await consumeEvents(watch, watch.version);
}

async function listAll<T>(watch: Watch<T>): Promise<void> {
  const { client, resource, stop, observer } = watch;
  const items = new Map<string, T>();
  const fetchPage = createPages(client, resource.path, pageSize, stop);
  let next = "";
  let version: string;
  let idle = 0;
  do {
    const page = await fetchPage(next);
    const known = items.size;
    for (const object of page.items) items.set(readMetadata(object).name, resource.read(object));
    idle = items.size > known ? 0 : idle + 1;
    if (idle > maxIdlePages) throw new KubeError("the API server goes on with a list and gives nothing new");
    next = page.continue;
    version = page.resourceVersion;
  } while (next !== "");
  // Not before all pages are in: what is known is not yet that of this version.
  watch.version = version;
  watch.items = items;
  watch.listedAtMs = performance.now();
  noteSignOfLife(watch);
  observer.changed();
}

async function consumeEvents<T>(watch: Watch<T>, from: string): Promise<void> {
  const { client, resource, times, stop, observer } = watch;
  const watchMs = Math.round(times.watchMs * (1 + Math.random() / 4));
  const query = new URLSearchParams({
    watch: "true",
    allowWatchBookmarks: "true",
    resourceVersion: from,
    timeoutSeconds: String(Math.max(1, Math.round(watchMs / 1_000))),
  });
  const dead = AbortSignal.timeout(watchMs + times.graceMs);
  const events = await client.watch(`${resource.path}?${query.toString()}`, AbortSignal.any([stop, dead]));
  watch.problem = undefined;
  noteSignOfLife(watch);
  observer.opened();
  for await (const event of events) {
    applyEvent(watch, event);
    noteSignOfLife(watch);
  }
  noteSignOfLife(watch);
}

function applyEvent<T>(watch: Watch<T>, event: unknown): void {
  const { resource, observer } = watch;
  // Until the event is understood, what was missed cannot be told from what was not: the next try lists.
  watch.version = undefined;
  const { type, object } = readEvent(event);
  if (type === "ERROR") throw toRefusal(object);
  const { name, resourceVersion } = readMetadata(object);
  if (type === "DELETED") watch.items?.delete(name);
  else if (type !== "BOOKMARK") watch.items?.set(name, resource.read(object));
  watch.version = resourceVersion;
  if (type !== "BOOKMARK") observer.changed();
}

function noteSignOfLife<T>(watch: Watch<T>): void {
  watch.aliveAtMs = performance.now();
}

function noteProblem<T>(watch: Watch<T>, cause: unknown): void {
  // Anything but a KubeError is what a reader said of an object.
  watch.problem =
    cause instanceof KubeError
      ? cause
      : new KubeError("the API server sent something that is not a list or watch", { cause });
  if (hasStatus(watch.problem, 410)) watch.version = undefined;
  watch.observer.failed(watch.problem);
}

/** Between half and all of it, so that replicas do not come back in step. */
function backoffMs({ backoffMs: first, maxBackoffMs }: WatchTimes, failures: number): number {
  return Math.min(first * 2 ** (failures - 1), maxBackoffMs) * (0.5 + Math.random() / 2);
}
