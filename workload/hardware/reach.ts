import type { Budget } from "../budget.ts";
import type { ContainerPlace } from "../containers.ts";
import type { Pod } from "../pod.ts";
import { type Fields, getFields, getList, listPlaces, getText } from "../shape.ts";
import { listAccelerators, type AcceleratorRequest } from "./accelerators.ts";
import { leadsToDevices, namesDevices } from "./host-paths.ts";
import { type AcceleratorNames, knownNames } from "./names.ts";
import { readRuntimeClass } from "./runtime-classes.ts";
import { readVisibleDevices } from "./visible-devices.ts";

/** Something that gives, or may give, a container an accelerator. */
export interface Reach {
  /** Unknown: it does so on some nodes, or for some names. */
  readonly accelerator: "requested" | "unknown";
  readonly field: string;
  /** The extended resource, if it is one. */
  readonly resource?: string;
  /** The class of what the resource stands for, where the configuration tells it. */
  readonly hardware?: string | undefined;
  /** What it gives is a share of a device. */
  readonly isShare?: boolean;
}

/** What a pod gives to all of its containers, and which of its volumes lead to the node's devices. */
interface PodReach {
  readonly names: AcceleratorNames;
  readonly ofPod: readonly Reach[];
  readonly deviceVolumes: ReadonlySet<string>;
}

/** What a pod gives all of its containers, and what each of them has besides, in their sequence. */
export interface Reaches {
  readonly ofPod: readonly Reach[];
  readonly ofContainers: readonly (readonly Reach[])[];
}

/** Takes linear time over all containers of a pod. What an image sets itself cannot be seen. */
export function readReaches(pod: Pod, names: AcceleratorNames = knownNames, budget?: Budget): Reaches {
  const reach = reachOfPod(pod, names, budget);
  return {
    ofPod: reach.ofPod,
    ofContainers: pod.containers.map((container) => reachOfContainer(reach, container, budget)),
  };
}

/**
 * Whether this container can reach an accelerator: by what it or its pod asks for, a claim, the runtime class, the node's
 * devices, privileges or variables. `own`: what it has beside its claims.
 */
export function reachesAccelerator({ ofPod }: Reaches, container: ContainerPlace, own: readonly Reach[] = []): boolean {
  return ofPod.length > 0 || own.length > 0 || asksForClaims(container);
}

function reachOfPod(pod: Pod, names: AcceleratorNames, budget?: Budget): PodReach {
  return { names, ofPod: readPodReach(pod, names, budget), deviceVolumes: deviceVolumesOf(pod) };
}

function readPodReach(pod: Pod, names: AcceleratorNames, budget: Budget | undefined): Reach[] {
  const { resources, isOtherRuntimeClass } = names;
  const { path, fields } = pod;
  const found: Reach[] = listAccelerators(fields, path, resources, budget).map((asked) =>
    reachOfResource(asked, names),
  );
  const runtime = readRuntimeClass(getText(fields, "runtimeClassName", path) ?? "", isOtherRuntimeClass);
  if (runtime !== "none") found.push({ accelerator: runtime, field: `${path}.runtimeClassName` });
  if (isHostProcess(fields, path)) found.push({ accelerator: "unknown", field: `${path}.securityContext` });
  if (pod.acceleratorAnnotation !== undefined)
    found.push({ accelerator: "requested", field: pod.acceleratorAnnotation, isShare: true });
  return found;
}

/** What a container has beside its claims. */
function reachOfContainer(
  { names, deviceVolumes }: PodReach,
  { path, fields }: ContainerPlace,
  budget?: Budget,
): Reach[] {
  const found: Reach[] = listAccelerators(fields, path, names.resources, budget).map((asked) =>
    reachOfResource(asked, names),
  );
  const add = (field: string | undefined): void => {
    if (field !== undefined) found.push({ accelerator: "unknown", field });
  };
  add(readVisibleDevices(fields, path));
  add(privileges(fields, path));
  add(deviceMount(deviceVolumes, fields, path));
  return found;
}

function reachOfResource({ resource, meaning, field }: AcceleratorRequest, { toClass }: AcceleratorNames): Reach {
  return {
    accelerator: meaning === "accelerator" ? "requested" : "unknown",
    field,
    resource,
    hardware: toClass(resource),
  };
}

function asksForClaims({ path, fields }: ContainerPlace): boolean {
  const resources = getFields(fields, "resources", path);
  return resources !== undefined && getList(resources, "claims", `${path}.resources`).length > 0;
}

function privileges(container: Fields, path: string): string | undefined {
  const privileged = getFields(container, "securityContext", path)?.["privileged"];
  if (privileged !== undefined && privileged !== null && privileged !== false)
    return `${path}.securityContext.privileged`;
  return isHostProcess(container, path) ? `${path}.securityContext` : undefined;
}

/** https://kubernetes.io/docs/tasks/configure-pod-container/create-hostprocess-pod/ */
function isHostProcess(fields: Fields, path: string): boolean {
  const security = getFields(fields, "securityContext", path);
  const windows = security && getFields(security, "windowsOptions", `${path}.securityContext`);
  return windows?.["hostProcess"] === true;
}

/** A mount of the node's devices, or one that names devices to the runtime. */
function deviceMount(devices: ReadonlySet<string>, container: Fields, path: string): string | undefined {
  return (
    listPlaces(container, "volumeMounts", path).find(
      ({ fields, path: at }) =>
        devices.has(getText(fields, "name", at) ?? "") || namesDevices(getText(fields, "mountPath", at) ?? ""),
    )?.path ??
    listPlaces(container, "volumeDevices", path).find(({ fields, path: at }) =>
      devices.has(getText(fields, "name", at) ?? ""),
    )?.path
  );
}

const noVolumes: ReadonlySet<string> = new Set();

function deviceVolumesOf({ fields, path }: Pod): ReadonlySet<string> {
  const volumes = listPlaces(fields, "volumes", path).filter(({ fields: volume, path: at }) => {
    const host = getFields(volume, "hostPath", at);
    return host !== undefined && leadsToDevices(getText(host, "path", `${at}.hostPath`) ?? "/");
  });
  if (volumes.length === 0) return noVolumes;
  return new Set(volumes.map(({ fields: volume, path: at }) => getText(volume, "name", at) ?? ""));
}
