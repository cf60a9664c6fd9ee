import { findContainers } from "../containers.ts";
import { type Adapter, readAdapter } from "../adapter.ts";
import type { FieldModel } from "../models/field-model.ts";
import { compilePath, findPlaces } from "../path.ts";
import { type Fields, getFields, type Place, listPlaces, getStringMap, getText } from "../shape.ts";
import { type KindDetails, type MadePod, listPodsElsewhere } from "./kinds.ts";
import { isSet, getSpec, toUnknownModel } from "./made-pods.ts";

/*
 * KAITO: a preset names the model, an instance type or labels choose the nodes. Other than most, a Workspace has no `spec`.
 * https://kaito-project.github.io/kaito/docs/
 */

/** Where a Workspace or the template of an InferenceSet describes what runs, and where. */
interface Part extends Place {
  /** Path of what chooses the nodes. */
  readonly resource: string;
}

function workspaceParts(object: Fields): Part[] {
  return ["inference", "tuning"].flatMap((path) => {
    const fields = getFields(object, path, "");
    return fields === undefined ? [] : [{ path, fields, resource: "resource" }];
  });
}

function inferenceSetParts(object: Fields): Part[] {
  const template = getFields(getSpec(object), "template", "spec") ?? {};
  const fields = getFields(template, "inference", "spec.template");
  return fields === undefined ? [] : [{ path: "spec.template.inference", fields, resource: "spec.template.resource" }];
}

/** Annotations of KAITO that do not change where weights come from. Others, such as `kaito.sh/use-local-weights`, may. */
const harmless = new Set(
  [
    "runtime",
    "bypass-resource-checks",
    "node-image-family",
    "node-class-name",
    "disable-benchmark",
    "performance-mode",
    "enablelb",
  ].map((key) => `kaito.sh/${key}`),
);

/** How many replicas there are. https://github.com/kaito-project/keda-kaito-scaler */
const autoscaler = "scaledobject.kaito.sh/";

const metadata = ["metadata", "spec.template.metadata"].map(compilePath);

function annotatedModels(object: Fields): FieldModel[] {
  return metadata
    .flatMap((path) => findPlaces(object, path))
    .flatMap(({ path, fields }) =>
      Object.keys(getStringMap(fields, "annotations", path))
        .filter((key) => /(?:^|\.)kaito\.sh\//.test(key) && !key.startsWith(autoscaler) && !harmless.has(key))
        .map((key) => toUnknownModel(`${path}.annotations[${key}]`, `${key} may change where the weights come from`)),
    );
}

function partModels({ path, fields }: Part): FieldModel[] {
  const preset = getFields(fields, "preset", path);
  if (preset === undefined) return [];
  const at = `${path}.preset`;
  const source = getText(preset, "name", at);
  const adapters = listPlaces(fields, "adapters", path).map(toAdapter);
  return [
    { source, field: `${at}.name`, container: at, scope: path, adapters, problem: findProblem(fields, preset, path) },
  ];
}

function findProblem(fields: Fields, preset: Fields, path: string): string | undefined {
  const at = `${path}.preset`;
  if (getText(preset, "name", at) === undefined) return `${at}.name names no model`;
  const options = getFields(preset, "presetOptions", at) ?? {};
  if (isSet(options["image"]) || preset["accessMode"] === "private")
    return `${at}.presetOptions.image brings the model: what is in it cannot be seen`;
  return getText(fields, "config", path) === undefined
    ? undefined
    : `${path}.config names a ConfigMap that may change what is loaded`;
}

function toAdapter({ fields, path }: Place): Adapter {
  const source = getFields(fields, "source", path) ?? {};
  const at = `${path}.source`;
  const image = getText(source, "image", at);
  return readAdapter(getText(source, "name", at) ?? "", image === undefined ? "" : `oci://${image}`);
}

/** The pod of a preset, or of a template. Both run on the nodes that the resource chooses, and take their GPUs. */
function partPods(object: Fields, { path, fields, resource }: Part): MadePod[] {
  const template = getFields(fields, "template", path) ?? {};
  const at = `${path}.template.spec`;
  const podSpec = getFields(template, "spec", `${path}.template`);
  const nodes = readResource(object, resource);
  const placed = { ...podSpec, ...readPlacement(nodes, resource, podSpec ?? {}, at) };
  if (podSpec !== undefined)
    return [{ placement: { path: at, fields: placed }, containers: findContainers(podSpec, at) }];
  const server = { path: `${path}.preset`, fields: { resources: { limits: countGpus(nodes, resource) } } };
  return [{ placement: { path: resource, fields: placed }, containers: [server] }];
}

function readResource(object: Fields, path: string): Fields {
  let fields: Fields = object;
  for (const key of path.split(".")) fields = getFields(fields, key, path) ?? {};
  return fields;
}

const instanceTypeLabel = "node.kubernetes.io/instance-type";

/** Labels that nodes must have, beside those that a template asks for. */
function readPlacement(nodes: Fields, path: string, podSpec: Fields, at: string): Fields {
  // Preferred nodes are taken whatever their type is.
  const instanceType = isSet(nodes["preferredNodes"]) ? undefined : getText(nodes, "instanceType", path);
  const selector = getFields(nodes, "labelSelector", path) ?? {};
  const labels = getFields(selector, "matchLabels", `${path}.labelSelector`) ?? {};
  const own = getFields(podSpec, "nodeSelector", at) ?? {};
  const type = instanceType === undefined || instanceType === "" ? {} : { [instanceTypeLabel]: instanceType };
  return { nodeSelector: { ...own, ...labels, ...type } };
}

function countGpus(nodes: Fields, path: string): Fields {
  const partition = getFields(nodes, "partition", path);
  const profile = partition && getText(partition, "profile", `${path}.partition`);
  return profile === undefined || profile === "" ? { "nvidia.com/gpu": "1" } : { [`nvidia.com/mig-${profile}`]: "1" };
}

function ragPart(object: Fields): Place | undefined {
  const embedding = getFields(getSpec(object), "embedding", "spec") ?? {};
  const fields = getFields(embedding, "local", "spec.embedding");
  return fields === undefined ? undefined : { path: "spec.embedding.local", fields };
}

function ragModels(object: Fields): FieldModel[] {
  const local = ragPart(object);
  if (local === undefined) return [];
  const { path, fields } = local;
  if (getText(fields, "image", path) !== undefined)
    return [toUnknownModel(`${path}.image`, `${path}.image brings the model: name it in ${path}.modelID`)];
  const source = getText(fields, "modelID", path);
  const problem = source === undefined ? `${path}.modelID names no model` : undefined;
  return [{ source, field: `${path}.modelID`, container: path, scope: path, problem }];
}

function ragPods(object: Fields): MadePod[] {
  const nodes = getFields(getSpec(object), "compute", "spec");
  if (nodes === undefined) return [];
  const limits = ragPart(object) === undefined ? {} : countGpus(nodes, "spec.compute");
  const placement = { path: "spec.compute", fields: readPlacement(nodes, "spec.compute", {}, "spec.compute") };
  return [{ placement, containers: [{ path: "spec.embedding.local", fields: { resources: { limits } } }] }];
}

/** Kinds of KAITO. */
export const kaitoKinds: readonly KindDetails[] = [
  {
    group: "kaito.sh",
    kind: "Workspace",
    podMetadata: ["inference.template.metadata"],
    models: (object) => [...workspaceParts(object).flatMap(partModels), ...annotatedModels(object)],
    madePods: (object) => workspaceParts(object).flatMap((part) => partPods(object, part)),
    compared: [{ path: "inference" }, { path: "tuning" }, { path: "resource", except: ["count"] }],
  },
  {
    group: "kaito.sh",
    kind: "InferenceSet",
    podMetadata: ["spec.template.metadata", "spec.template.inference.template.metadata"],
    models: (object) => [...inferenceSetParts(object).flatMap(partModels), ...annotatedModels(object)],
    madePods: (object) => inferenceSetParts(object).flatMap((part) => partPods(object, part)),
    compared: [{ path: "spec.template" }],
  },
  {
    group: "kaito.sh",
    kind: "RAGEngine",
    models: ragModels,
    madePods: ragPods,
    hardwareElsewhere: ({ spec }) =>
      Object.hasOwn(Object(spec), "compute") ? { accelerator: false, pods: undefined } : listPodsElsewhere("its pods"),
    compared: [{ path: "spec", except: ["storage", "guardrails", "inferenceService"] }],
  },
];
