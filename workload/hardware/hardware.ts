import type { ClaimReference, Hardware } from "../../policies/workload.ts";
import { acceleratorsOf } from "./accelerators.ts";
import { type ClaimedHardware, type Devices, readClaims } from "./claims.ts";
import { meet } from "./hardware-classes.ts";
import { partitioned, type Placement, readPlacement } from "./placement.ts";
import type { Pod } from "../pods.ts";
import { textAt } from "../shape.ts";

interface PodHardware {
  readonly classes: readonly string[];
  readonly field: string;
  readonly claimed: ClaimedHardware | undefined;
}

const noDevices: Devices = { classes: new Map() };

/**
 * Where the pods can land. The classes of all pods that ask for an accelerator together; if those of one cannot be
 * determined, nothing is known. `isElsewhere`: an accelerator may also be asked for outside the object.
 */
export function readHardware(pods: readonly Pod[], isElsewhere: boolean, devices: Devices = noDevices): Hardware {
  const found = pods.map((pod) => readPod(pod, devices)).filter((pod) => pod !== undefined);
  const [first] = found;
  if (first === undefined) {
    return { accelerator: isElsewhere ? "unknown" : "none", classes: [], field: pods[0]?.path ?? "spec" };
  }
  const undetermined = found.find(({ classes }) => classes.length === 0);
  const classes = undetermined === undefined ? [...new Set(found.flatMap((pod) => pod.classes))].toSorted() : [];
  const hardware: Hardware = { accelerator: "requested", classes, field: (undetermined ?? first).field };
  if (undetermined?.claimed?.problem === undefined) return hardware;
  const { problem, couldNotLook } = undetermined.claimed;
  return { ...hardware, problem, couldNotLook, claims: openClaims(found) };
}

function openClaims(found: readonly PodHardware[]): ClaimReference[] {
  return found.flatMap(({ claimed }) => claimed?.open ?? []);
}

/** Undefined: the pod asks for no accelerator. */
function readPod(pod: Pod, devices: Devices): PodHardware | undefined {
  const resources = [pod, ...pod.containers].flatMap(({ fields, path }) => acceleratorsOf(fields, path));
  const claimed = readClaims(pod, devices);
  const placement = readPlacement(pod);
  const [resource] = resources;
  const runtimeClass = textAt(pod.fields, "runtimeClassName", pod.path) ?? "";
  const hasRuntime = runtimeClass.startsWith("nvidia");
  const asksByClaim = claimed !== undefined && claimed.classes?.length !== 0;
  if (resource === undefined && !asksByClaim && !placement.asksForAccelerator && !hasRuntime) return undefined;
  const profiles = [
    ...new Set(resources.flatMap((asked) => /^nvidia\.com\/mig-(.+)$/.exec(asked.resource)?.[1] ?? [])),
  ];
  const placed = partitioned(placement.classes, profiles);
  const isOnlyByClaim = asksByClaim && resource === undefined && !hasRuntime;
  const asked = resource?.field ?? claimed?.field ?? (hasRuntime ? `${pod.path}.runtimeClassName` : pod.path);
  return {
    classes: [...new Set(asksByClaim ? withClaims(placed, claimed, isOnlyByClaim) : placed)].toSorted(),
    field: placement.classes === undefined ? asked : (placement.field ?? asked),
    claimed: asksByClaim ? claimed : undefined,
  };
}

/** What both leave. A claim alone says it all where the pod asks in no other way. */
function withClaims(placed: Placement["classes"], { classes }: ClaimedHardware, isOnlyByClaim: boolean) {
  if (placed === undefined) return isOnlyByClaim ? (classes ?? []) : [];
  return classes === undefined ? placed : placed.flatMap((one) => classes.flatMap((other) => meet(one, other) ?? []));
}
