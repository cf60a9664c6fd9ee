import type { ServerResponse } from "node:http";
import type { Json } from "../artifacts.ts";

/** A watch of the objects under one path. */
export interface OpenWatch {
  readonly path: string;
  readonly response: ServerResponse;
}

/** What the cluster holds: objects by the path of their collection and their name. */
export interface Objects {
  readonly watches: Set<OpenWatch>;
  /** Bodies of the PATCHes of a status that were accepted. */
  readonly patches: Json[];
  /** The resource version of the last change. */
  version(): number;
  has(path: string): boolean;
  list(path: string): Json[];
  get(path: string, name: string): Json | undefined;
  /** Everything under paths that start so. */
  below(prefix: string): Json[];
  /** Creates or replaces an object, and returns it as it is now. Quietly: no watch hears of it. */
  store(path: string, object: Json, quietly: boolean): Json;
  remove(path: string, name: string): void;
  /** Sends an event to every open watch of a path. */
  send(path: string, event: unknown): void;
}

export const eventsGroup = "/apis/events.k8s.io/v1/namespaces/";

/** Starts with these collections, empty. */
export function createObjects(paths: readonly string[]): Objects {
  const stored = new Map<string, Map<string, Json>>(paths.map((path) => [path, new Map()]));
  const watches = new Set<OpenWatch>();
  let version = 1;
  const collection = (path: string): Map<string, Json> => {
    const found = stored.get(path) ?? new Map<string, Json>();
    stored.set(path, found);
    return found;
  };
  const send = (path: string, event: unknown): void => {
    for (const watch of watches) if (watch.path === path) watch.response.write(`${JSON.stringify(event)}\n`);
  };
  return {
    watches,
    patches: [],
    version: () => version,
    has: (path) => stored.has(path),
    list: (path) => [...collection(path).values()],
    get: (path, name) => stored.get(path)?.get(name),
    below: (prefix) => [...stored].flatMap(([path, objects]) => (path.startsWith(prefix) ? [...objects.values()] : [])),
    store(path, object, quietly) {
      const name = metadataOf(object)["name"] as string;
      const earlier = collection(path).get(name);
      version += 1;
      const saved = replace(earlier, object, { name, version });
      collection(path).set(name, saved);
      if (!quietly) send(path, { type: earlier === undefined ? "ADDED" : "MODIFIED", object: saved });
      return saved;
    },
    remove(path, name) {
      const object = collection(path).get(name);
      collection(path).delete(name);
      version += 1;
      if (object !== undefined) send(path, { type: "DELETED", object: withVersion(object, version) });
    },
    send,
  };
}

/** The generation counts changes of the spec, and the status stays as it is where the object has none. */
function replace(earlier: Json | undefined, object: Json, { name, version }: { name: string; version: number }): Json {
  const sameSpec = earlier !== undefined && JSON.stringify(earlier["spec"]) === JSON.stringify(object["spec"]);
  const generation = Number(metadataOf(earlier ?? {})["generation"] ?? 0) + (sameSpec ? 0 : 1);
  const metadata = { uid: `uid-${name}`, ...metadataOf(object), generation, resourceVersion: String(version) };
  return { status: earlier?.["status"], ...object, metadata };
}

function withVersion(object: Json, version: number): Json {
  return { ...object, metadata: { ...metadataOf(object), resourceVersion: String(version) } };
}

export function metadataOf(object: Json): Json {
  return (object["metadata"] ?? {}) as Json;
}
