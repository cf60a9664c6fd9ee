import { LRUCache } from "lru-cache";
import type { Workload } from "../../../policies/workload.ts";
import { deepFreeze } from "../../../runtime/deep-freeze.ts";
import type { Reading, WorkloadInput } from "../../../workload/read.ts";
import { isFields } from "../../../workload/shape.ts";
import type { ObjectState } from "./object-state.ts";
import { isIdenticalJson, measureJson } from "./identical-json.ts";

/** What was read of one object. */
export interface RememberedReading {
  readonly outline: Workload;
  readonly reading: Reading;
  /** Names of the config maps that the reading asked for. */
  readonly configMaps: ReadonlySet<string>;
  /** What tells later whether it still is what was judged. */
  readonly state: () => ObjectState;
}

/**
 * What was read of objects that come again as they are: those of a tool that applies its manifests again and again, of whoever
 * tries again, of audits. A reading is a function of what {@link WorkloadInput} holds, and is given only to an input that is
 * identical in all of it. So it is what a new reading would be; evidence, policies and time are none of it, and the decision is
 * always made anew.
 */
export interface ReadingMemory {
  /** Undefined where the object has to be read. */
  find(input: WorkloadInput): RememberedReading | undefined;
  /**
   * Keeps the reading of an object that is small, and freezes it: it is everybody's. Of one that is shown for the first time only
   * its place is kept: most are never shown again, and would take the place of those that are.
   */
  keep(input: WorkloadInput, read: RememberedReading): void;
}

/** As many objects as a busy replica is shown again and again. */
const maxObjects = 512;
/** By {@link measureJson}: some 64 KiB of memory, with what was read of it. Larger objects are read each time. */
const maxWeight = 16 * 1024;

/** Holds nothing yet. The kinds and devices of all inputs must be the same ones. */
export function createReadingMemory(): ReadingMemory {
  const known = new LRUCache<string, RememberedReading & Pick<WorkloadInput, "object" | "namespaceLabels">>({
    max: maxObjects,
  });
  const shown = new LRUCache<string, true>({ max: maxObjects });
  return {
    find(input) {
      const one = known.get(toKey(input));
      if (one === undefined) return undefined;
      const isSame =
        isIdenticalJson(one.object, input.object) && isIdenticalJson(one.namespaceLabels, input.namespaceLabels);
      return isSame ? one : undefined;
    },
    keep(input, { outline, reading, configMaps, state }) {
      const { object, namespaceLabels } = input;
      const key = toKey(input);
      if (!shown.has(key)) return void shown.set(key, true);
      if (measureJson(object, maxWeight) + measureJson(namespaceLabels, maxWeight) > maxWeight) return;
      deepFreeze(outline);
      deepFreeze(reading.workload);
      known.set(key, { object, namespaceLabels, outline, reading, configMaps, state });
    },
  };
}

/** Each text is told apart from its neighbours, whatever characters are in it. */
function toKey({ group, version, kind, namespace, name }: WorkloadInput): string {
  return JSON.stringify([group, version, kind, namespace, name]);
}

/**
 * The object without what the API server keeps of it for its own use, and changes with every write. What is not in it cannot
 * be read.
 */
export function withoutBookkeeping(object: unknown): unknown {
  if (!isFields(object) || !isFields(object["metadata"])) return object;
  const { uid: _1, resourceVersion: _2, generation: _3, managedFields: _4, ...metadata } = object["metadata"];
  return { ...object, metadata };
}
