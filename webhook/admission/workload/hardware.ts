import type { Hardware } from "../../../policies/workload.ts";
import { acceleratorsOf } from "./accelerators.ts";
import { partitioned, readPlacement } from "./placement.ts";
import type { Pod } from "./pods.ts";
import { placesAt, textAt } from "./shape.ts";

interface PodHardware {
  readonly classes: readonly string[];
  readonly field: string;
}

/**
 * Where the pods can land. The classes of all pods that ask for an accelerator together; if those of one cannot be
 * determined, nothing is known. `isElsewhere`: an accelerator may also be asked for outside the object.
 */
export function readHardware(pods: readonly Pod[], isElsewhere: boolean): Hardware {
  const found = pods.map(readPod).filter((pod) => pod !== undefined);
  const [first] = found;
  if (first === undefined) {
    return { accelerator: isElsewhere ? "unknown" : "none", classes: [], field: pods[0]?.path ?? "spec" };
  }
  const undetermined = found.find(({ classes }) => classes.length === 0);
  const classes = undetermined === undefined ? [...new Set(found.flatMap((pod) => pod.classes))].toSorted() : [];
  return { accelerator: "requested", classes, field: (undetermined ?? first).field };
}

/** Undefined: the pod asks for no accelerator. */
function readPod(pod: Pod): PodHardware | undefined {
  const resources = [pod, ...pod.containers].flatMap(({ fields, path }) => acceleratorsOf(fields, path));
  const claim = claimOf(pod);
  const placement = readPlacement(pod);
  const [resource] = resources;
  const runtimeClass = textAt(pod.fields, "runtimeClassName", pod.path) ?? "";
  const hasRuntime = runtimeClass.startsWith("nvidia");
  if (resource === undefined && claim === undefined && !placement.asksForAccelerator && !hasRuntime) return undefined;
  const profiles = [
    ...new Set(resources.flatMap((asked) => /^nvidia\.com\/mig-(.+)$/.exec(asked.resource)?.[1] ?? [])),
  ];
  const classes = partitioned(placement.classes, profiles) ?? [];
  const asked = resource?.field ?? claim ?? (hasRuntime ? `${pod.path}.runtimeClassName` : pod.path);
  return {
    classes: [...new Set(classes)].toSorted(),
    field: placement.classes === undefined ? asked : (placement.field ?? asked),
  };
}

/** A claim asks for a device of a class that stands in another object. https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/ */
function claimOf({ path, fields }: Pod): string | undefined {
  return [...placesAt(fields, "resourceClaims", path), ...placesAt(fields, "draResources", path)][0]?.path;
}
