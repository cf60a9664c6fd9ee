import { LRUCache } from "lru-cache";
import { createSingleFlight } from "../../runtime/single-flight.ts";
import { asFields, isFields, WorkloadError } from "../../workload/shape.ts";
import type { ObjectReader } from "./claims.ts";
import { cluster, type ConfigMapResolver } from "./resolvers.ts";

/** A config map can be changed at any time, and its keys only count for the moment of admission. */
const keepMs = 5_000;
const maxKept = 1_000;
/** A config map of 1 MiB may have more, and would then be all that is kept. */
const maxKeys = 1_024;
const bounds = { places: { own: 8, shared: 8 }, timeoutMs: 3_000 } as const;

/**
 * Keys of config maps by GET. Their values are read with them, because the API has no other way, and nothing of them is kept.
 * What was found is kept for some seconds; what cannot be had, for whatever reason, leaves the environment open.
 */
export function createConfigMapResolver(reader: ObjectReader): ConfigMapResolver {
  const kept = new LRUCache<string, readonly string[]>({ max: maxKept, ttl: keepMs });
  const share = createSingleFlight<readonly string[]>(bounds);
  return {
    async listKeys(namespace, name, asked) {
      const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`;
      const known = kept.get(path);
      if (known !== undefined) return known;
      try {
        const keys = await share({
          key: path,
          owner: cluster,
          asked,
          run: async (signal) => readKeys(await reader.get(path, signal)),
        });
        kept.set(path, keys);
        return keys;
      } catch {
        return undefined;
      }
    },
  };
}

function readKeys(body: unknown): readonly string[] {
  const fields = asFields(body, "");
  const keys = ["data", "binaryData"].flatMap((key) => (isFields(fields[key]) ? Object.keys(fields[key]) : []));
  if (keys.length > maxKeys) throw new WorkloadError("data", `at most ${maxKeys} keys`);
  return keys;
}
