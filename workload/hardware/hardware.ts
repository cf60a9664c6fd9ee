import type { ClaimReference, Hardware } from "../../policies/workload.ts";
import { Budget } from "../budget.ts";
import type { Pod } from "../pod.ts";
import { type ClaimedHardware, type Devices, readClaims } from "./claims.ts";
import { knownNames } from "./names.ts";
import { intersectParts, toPartOfResource, withPart } from "./products/parts.ts";
import { type Placement, readPlacement } from "./placement.ts";
import { type Reach, type Reaches, readReaches } from "./reach.ts";

interface PodHardware {
  readonly accelerator: "requested" | "unknown";
  readonly classes: readonly string[];
  readonly field: string;
  readonly claimed: ClaimedHardware | undefined;
  readonly problem: string | undefined;
}

/** What of an object's hardware stands outside it. */
export interface HardwareElsewhere {
  /** An accelerator may be asked for outside the object. */
  readonly accelerator: boolean;
  /** Names, in words, pods that the object will have but does not describe. Undefined: there are none. */
  readonly pods: string | undefined;
}

/** Of a kind whose pods are all in the object. */
export const nothingElsewhere: HardwareElsewhere = { accelerator: false, pods: undefined };

const noReach: Reaches = { ofPod: [], ofContainers: [] };
const noDevices: Devices = { classes: new Map() };

/**
 * Where the pods can land. The classes of all pods that may have an accelerator together; if those of one cannot be
 * determined, nothing is known. `reaches`: what {@link readReaches} made of the pods, where it is at hand.
 */
export function readHardware(
  pods: readonly Pod[],
  elsewhere: HardwareElsewhere,
  devices: Devices = noDevices,
  budget: Budget = new Budget(),
  reaches: readonly Reaches[] = pods.map((pod) => readReaches(pod, devices.names ?? knownNames, budget)),
): Hardware {
  const found = pods
    .map((pod, at) => readPod(pod, reaches[at] ?? noReach, devices, budget))
    .filter((pod) => pod !== undefined);
  const isRequested = found.some(({ accelerator }) => accelerator === "requested");
  const isUnknown = found.length > 0 || elsewhere.accelerator || elsewhere.pods !== undefined;
  const accelerator = isRequested ? "requested" : isUnknown ? "unknown" : "none";
  const undetermined = found.find(({ classes }) => classes.length === 0);
  const field = (undetermined ?? found[0])?.field ?? pods[0]?.path ?? "spec";
  if (elsewhere.pods !== undefined)
    return { accelerator, classes: [], field, problem: `the object does not describe ${elsewhere.pods}` };
  if (undetermined === undefined) return { accelerator, classes: distinct(found.flatMap((pod) => pod.classes)), field };
  const { problem, couldNotLook } = undetermined.claimed ?? {};
  const hardware: Hardware = { accelerator, classes: [], field, problem: problem ?? undetermined.problem };
  if (problem === undefined) return hardware;
  return { ...hardware, couldNotLook: couldNotLook === true, claims: openClaims(found) };
}

function openClaims(found: readonly PodHardware[]): ClaimReference[] {
  return found.flatMap(({ claimed }) => claimed?.open ?? []);
}

/** Undefined: the pod can have no accelerator. */
function readPod(
  pod: Pod,
  { ofPod, ofContainers }: Reaches,
  devices: Devices,
  budget: Budget,
): PodHardware | undefined {
  const reaches =
    ofContainers.length === 1 && ofPod.length === 0 ? (ofContainers[0] ?? ofPod) : [...ofPod, ...ofContainers.flat()];
  const claimed = readClaims(pod, devices);
  const asksByClaim = claimed !== undefined && claimed.classes?.length !== 0;
  const placement = readPlacement(pod, budget);
  const first = reaches.find(({ accelerator }) => accelerator === "requested") ?? reaches[0];
  if (first === undefined && !asksByClaim && !placement.asksForAccelerator) return undefined;
  const isRequested = first?.accelerator === "requested" || asksByClaim || placement.asksForAccelerator;
  const placed = placedParts(placement, reaches, budget, pod.path);
  const asked = first?.field ?? claimed?.field ?? pod.path;
  return {
    accelerator: isRequested ? "requested" : "unknown",
    classes: distinct(withTold(placed, told(reaches, asksByClaim ? claimed : undefined), budget, pod.path)),
    field: placement.classes === undefined ? asked : (placement.field ?? asked),
    claimed: asksByClaim ? claimed : undefined,
    problem: findProblem(reaches),
  };
}

function distinct(classes: readonly string[]): readonly string[] {
  if (classes.length < 2) return classes;
  return [...new Set(classes)].toSorted();
}

/** The classes of the nodes, or of the parts of their devices that resources stand for. Undefined: cannot be told. */
function placedParts(
  { classes }: Placement,
  reaches: readonly Reach[],
  budget: Budget,
  path: string,
): Placement["classes"] {
  if (classes === undefined || reaches.length === 0) return classes;
  const asked = reaches.filter(({ accelerator }) => accelerator === "requested");
  const parts = [...new Set((asked.length === 0 ? reaches : asked).map(findPart))];
  if (parts.length === 1 && parts[0] === "") return classes;
  if (parts.includes(undefined)) return undefined;
  budget.spend("placements", parts.length * classes.length, path);
  return classes.flatMap((one) => parts.flatMap((part) => withPart(one, part ?? "") ?? []));
}

function findPart({ resource, accelerator, hardware, isShare }: Reach): string | undefined {
  if (isShare === true) return undefined;
  if (resource === undefined || hardware !== undefined) return "";
  return accelerator === "unknown" ? undefined : toPartOfResource(resource);
}

function findProblem(reaches: readonly Reach[]): string | undefined {
  const unknown = reaches.find(({ resource, accelerator }) => resource !== undefined && accelerator === "unknown");
  return unknown && `the setting accelerators does not know ${unknown.resource}`;
}

/** What claims and configured resources say of classes. */
interface Told {
  readonly classes: readonly string[];
  /** The pod asks in no other way. */
  readonly isAll: boolean;
}

function told(reaches: readonly Reach[], claimed: ClaimedHardware | undefined): Told {
  if (claimed === undefined && reaches.every(({ hardware }) => hardware === undefined))
    return { classes: [], isAll: reaches.length === 0 };
  const byResource = reaches.flatMap(({ hardware }) => hardware ?? []);
  const isKnown = claimed === undefined || claimed.classes !== undefined;
  return {
    classes: distinct([...byResource, ...(claimed?.classes ?? [])]),
    isAll: isKnown && byResource.length === reaches.length,
  };
}

/** What both leave. What is told says it all where the pod asks in no other way. */
function withTold(placed: Placement["classes"], { classes, isAll }: Told, budget: Budget, path: string) {
  if (placed === undefined) return isAll ? classes : [];
  if (classes.length === 0) return placed;
  budget.spend("placements", placed.length * classes.length, path);
  return placed.flatMap((one) => classes.flatMap((other) => intersectParts(one, other) ?? []));
}
