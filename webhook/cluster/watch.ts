import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod";
import type { KubeClient } from "./client.ts";
import { KubeError, refusedByEvent } from "./kube-error.ts";

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

export interface WatchObserver {
  /** A watch was opened: the resource is followed. */
  opened(): void;
  /** Something may have changed. */
  changed(): void;
  /** A try failed; another one follows. */
  failed(problem: KubeError): void;
}

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
  let items: Map<string, T> | undefined;
  let problem: KubeError | undefined;
  let aliveAtMs = -Infinity;
  let listedAtMs = -Infinity;
  let version: string | undefined;

  const alive = (): void => void (aliveAtMs = performance.now());

  const list = async (): Promise<void> => {
    const found = new Map<string, T>();
    let next: string | undefined;
    do {
      const query = new URLSearchParams({ limit: String(pageSize), ...(next === undefined ? {} : { continue: next }) });
      const page = readList(await client.get(`${resource.path}?${query.toString()}`, stop));
      for (const object of page.items) found.set(nameOf(object), resource.read(object));
      next = page.continue === "" ? undefined : page.continue;
      version = page.resourceVersion;
    } while (next !== undefined);
    items = found;
    listedAtMs = performance.now();
    alive();
    observer.changed();
  };

  const apply = (event: unknown): void => {
    // Until the event is understood, what was missed cannot be told from what was not: the next try lists.
    version = undefined;
    const { type, object } = readEvent(event);
    if (type === "ERROR") throw refusedByEvent(object);
    const { name, resourceVersion } = readMetadata(object);
    if (type === "DELETED") items?.delete(name);
    else if (type !== "BOOKMARK") items?.set(name, resource.read(object));
    version = resourceVersion;
    if (type !== "BOOKMARK") observer.changed();
  };

  const follow = async (from: string): Promise<void> => {
    const watchMs = Math.round(times.watchMs * (1 + Math.random() / 4));
    const query = new URLSearchParams({
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: from,
      timeoutSeconds: String(Math.max(1, Math.round(watchMs / 1_000))),
    });
    const dead = AbortSignal.timeout(watchMs + times.graceMs);
    const events = await client.watch(`${resource.path}?${query.toString()}`, AbortSignal.any([stop, dead]));
    problem = undefined;
    alive();
    observer.opened();
    for await (const event of events) {
      apply(event);
      alive();
    }
    alive();
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stop.aborted) {
      const startMs = performance.now();
      try {
        if (version === undefined || startMs - listedAtMs >= times.relistMs) await list();
        if (version !== undefined) await follow(version);
        failures = 0;
        await wait(minWatchMs - (performance.now() - startMs), stop);
      } catch (cause) {
        if (stop.aborted) return;
        // A watch that stood for a while and then broke is the first failure in a row.
        failures = performance.now() - startMs > times.maxBackoffMs ? 1 : failures + 1;
        problem = asKubeError(cause);
        if (problem.status === 410) version = undefined;
        observer.failed(problem);
        await wait(backoffMs(times, failures), stop);
      }
    }
  };
  void run();
  return {
    name: resource.name,
    items: () => items,
    ageMs: () => performance.now() - aliveAtMs,
    problem: () => problem,
  };
}

/** Anything but a KubeError is what a parser said of the answer. */
function asKubeError(cause: unknown): KubeError {
  return cause instanceof KubeError ? cause : new KubeError("the API server sent what is no list or watch", { cause });
}

/** Between half and all of it, so that replicas do not come back in step. */
function backoffMs({ backoffMs: first, maxBackoffMs }: WatchTimes, failures: number): number {
  return Math.min(first * 2 ** (failures - 1), maxBackoffMs) * (0.5 + Math.random() / 2);
}

async function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  try {
    await pause(ms, undefined, { signal, ref: false });
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
}

const metadata = z.object({ name: z.string().default(""), resourceVersion: z.string() });
const listObject = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().default("") }),
  items: z
    .array(z.unknown())
    .nullish()
    .transform((items) => items ?? []),
});
const event = z.object({ type: z.enum(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]), object: z.unknown() });

function readList(list: unknown): { resourceVersion: string; continue: string; items: readonly unknown[] } {
  const parsed = listObject.parse(list);
  return { ...parsed.metadata, items: parsed.items };
}

function readEvent(value: unknown): z.output<typeof event> {
  return event.parse(value);
}

function readMetadata(object: unknown): z.output<typeof metadata> {
  return z.object({ metadata }).parse(object).metadata;
}

function nameOf(object: unknown): string {
  return readMetadata(object).name;
}
