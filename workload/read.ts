import type { StringMap, Workload } from "../policies/workload.ts";
import { Budget, WorkloadTooLarge } from "./budget.ts";
import type { ConfigMapKeys } from "./containers.ts";
import type { Devices } from "./hardware/claims.ts";
import { readHardware } from "./hardware/hardware.ts";
import { type Reaches, reachesAccelerator, readReaches } from "./hardware/reach.ts";
import { type Kind, toKindKey, type KindTable } from "./kinds/kinds.ts";
import { listImages, listModels } from "./models/models.ts";
import { readPod } from "./models/read-pod.ts";
import { listMetadata, listPods } from "./kinds/list-pods.ts";
import type { Pod } from "./pod.ts";
import { readReferences } from "./references/references.ts";
import { listArguments } from "./models/arguments.ts";
import { asFields, countEntries, getFields, type Fields, getText, WorkloadError } from "./shape.ts";
import { describeTemplates, type PodTemplates } from "./templates.ts";
import { describeWhatRuns } from "./what-runs.ts";

/** An object under review, and what is known around it. */
export interface WorkloadInput {
  /** The object under review, as JSON. Written by the requester. */
  readonly object: unknown;
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  /** Empty when the API server has yet to make it up. */
  readonly name: string;
  readonly namespaceLabels: StringMap | undefined;
  readonly kinds: KindTable;
  /** What the table says of the kind, where it is at hand. */
  readonly definition?: Kind;
  /** What is known of devices that claims ask for. Without it nothing is. */
  readonly devices?: Devices | undefined;
  /** The keys of a config map in the workload's namespace, by its name; undefined where they are not known. */
  readonly configMapKeys?: ConfigMapKeys | undefined;
}

/**
 * The object, reduced to what a decision reads. On the path of every review: it takes some 20 µs for a common Deployment, and
 * stops where a limit of {@link Budget} is reached: then the workload says so and has no models.
 *
 * `outline`: what {@link outlineWorkload} made of the same input, where it is at hand.
 *
 * Throws a {@link WorkloadError} for a kind that the table lacks, and for an object that is not of the shape its kind promises.
 */
export function readWorkload(input: WorkloadInput, outline?: Workload, budget?: Budget): Workload {
  return readObject(input, outline, budget).workload;
}

/** A workload, and what it was read from. */
export interface Reading {
  readonly workload: Workload;
  readonly object: unknown;
  /** What may run a model as the object writes it, to be compared with that of another reading. Empty of what is too large. */
  readonly whatRuns: () => unknown;
  /** Its pods as the object writes them; undefined where it is too large. */
  readonly templates: () => PodTemplates | undefined;
}

/** As {@link readWorkload}, which says what is thrown, for an object that is to be compared with another state of it. */
export function readObject(
  input: WorkloadInput,
  outline: Workload = outlineWorkload(input),
  budget: Budget = new Budget(),
): Reading {
  try {
    return readWhole(input, outline, budget);
  } catch (cause) {
    if (!(cause instanceof WorkloadTooLarge)) throw cause;
    const workload = { ...outline, tooLarge: { message: cause.message, field: cause.path } };
    return { workload, object: input.object, whatRuns: () => undefined, templates: () => undefined };
  }
}

const nobody: ReadonlySet<string> = new Set();

function readWhole(input: WorkloadInput, outline: Workload, budget: Budget): Reading {
  const kind = findKind(input);
  const object = asFields(input.object, "");
  for (const { path, labels, annotations } of outline.metadata)
    budget.spend("marks", countEntries(labels) + countEntries(annotations), path);
  const pods = listPods(object, kind, budget);
  const elsewhere = kind.hardwareElsewhere(object);
  const fieldModels = kind.models(object, budget);
  const operated = fieldModels.length === 0 ? nobody : new Set(fieldModels.map(({ container }) => container));
  const reaches = pods.map((pod) => readReaches(pod, input.devices?.names, budget));
  const surroundings = {
    isElsewhere: elsewhere.accelerator,
    isAnywhere:
      pods.some(({ isEverywhere }) => isEverywhere) && (elsewhere.accelerator || pods.some(reachesAny(reaches))),
    configMapKeys: input.configMapKeys,
    variables: kind.variables,
    startsContainers: kind.startsContainers,
    isOperated: (path: string) => operated.has(path),
  };
  const read = pods.map((pod, at) => readPod(pod, reaches[at] ?? readReaches(pod), surroundings, budget));
  const models = listModels(fieldModels, read, budget);
  const workload: Workload = {
    object: outline.object,
    metadata: outline.metadata,
    namespaceLabels: outline.namespaceLabels,
    references: readReferences(outline.metadata, budget),
    models,
    arguments: listArguments(read),
    hardware: readHardware(pods, elsewhere, input.devices, budget, reaches),
    images: listImages(read),
  };
  return {
    workload,
    object,
    whatRuns: () => describeWhatRuns(object, kind, read, operated, models.length > 0),
    templates: () => describeTemplates(pods),
  };
}

function reachesAny(reaches: readonly Reaches[]) {
  return (pod: Pod, at: number): boolean => {
    const own = reaches[at];
    return own !== undefined && pod.containers.some((one, of) => reachesAccelerator(own, one, own.ofContainers[of]));
  };
}

/**
 * As much of the object as tells which policies can be about it: its identity and its metadata. What its pods ask for is
 * unknown here, which puts no policy outside. Linear in the metadata, and nothing else of the object is looked at.
 */
export function outlineWorkload(input: WorkloadInput): Workload {
  const { group, version, kind: kindName, namespace, namespaceLabels } = input;
  const kind = findKind(input);
  const object = asFields(input.object, "");
  const metadata = listMetadata(object, kind);
  return {
    object: { group, version, kind: kindName, namespace, name: input.name === "" ? ownName(object) : input.name },
    metadata,
    namespaceLabels,
    references: { entries: [], problem: undefined, field: metadata[0].path },
    models: [],
    arguments: [],
    hardware: { accelerator: "unknown", classes: [], field: "spec" },
  };
}

/** Whether the object's pods ask for an accelerator, for counting those that no policy is about. */
export function readAccelerator(input: WorkloadInput): Workload["hardware"]["accelerator"] {
  try {
    const kind = findKind(input);
    const budget = new Budget();
    const object = asFields(input.object, "");
    return readHardware(listPods(object, kind, budget), kind.hardwareElsewhere(object), input.devices, budget)
      .accelerator;
  } catch (cause) {
    if (cause instanceof WorkloadTooLarge || cause instanceof WorkloadError) return "unknown";
    throw cause;
  }
}

function findKind({ definition, kinds, group, kind }: WorkloadInput): Kind {
  const found = definition ?? kinds.get(toKindKey(group, kind));
  if (found === undefined) throw new WorkloadError("kind", `a supported kind, not ${toKindKey(group, kind)}`);
  return found;
}

function ownName(object: Fields): string {
  const metadata = getFields(object, "metadata", "");
  if (metadata === undefined) return "";
  return getText(metadata, "name", "metadata") ?? getText(metadata, "generateName", "metadata") ?? "";
}
