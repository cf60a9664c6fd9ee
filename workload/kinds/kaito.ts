import { containerPlaces } from "../containers.ts";
import type { FieldModel } from "../models/field-model.ts";
import { compilePath, placesOf } from "../path.ts";
import { adapterName } from "../servers/settings.ts";
import { type Fields, fieldsAt, type Place, placesAt, stringMapAt, textAt } from "../shape.ts";
import { type KindDetails, type MadePod, podsElsewhere } from "./kinds.ts";
import { isSet, specOf, unknownModel } from "./made-pods.ts";

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
    const fields = fieldsAt(object, path, "");
    return fields === undefined ? [] : [{ path, fields, resource: "resource" }];
  });
}

function inferenceSetParts(object: Fields): Part[] {
  const template = fieldsAt(specOf(object), "template", "spec") ?? {};
  const fields = fieldsAt(template, "inference", "spec.template");
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
    .flatMap((path) => placesOf(object, path))
    .flatMap(({ path, fields }) =>
      Object.keys(stringMapAt(fields, "annotations", path))
        .filter((key) => /(?:^|\.)kaito\.sh\//.test(key) && !key.startsWith(autoscaler) && !harmless.has(key))
        .map((key) => unknownModel(`${path}.annotations[${key}]`, `${key} may change where the weights come from`)),
    );
}

function partModels({ path, fields }: Part): FieldModel[] {
  const preset = fieldsAt(fields, "preset", path);
  if (preset === undefined) return [];
  const at = `${path}.preset`;
  const source = textAt(preset, "name", at);
  const adapters = placesAt(fields, "adapters", path).map(adapterIn);
  return [
    { source, field: `${at}.name`, container: at, scope: path, adapters, problem: problemOf(fields, preset, path) },
  ];
}

function problemOf(fields: Fields, preset: Fields, path: string): string | undefined {
  const at = `${path}.preset`;
  if (textAt(preset, "name", at) === undefined) return `${at}.name names no model`;
  const options = fieldsAt(preset, "presetOptions", at) ?? {};
  if (isSet(options["image"]) || preset["accessMode"] === "private")
    return `${at}.presetOptions.image brings the model: what is in it cannot be seen`;
  return textAt(fields, "config", path) === undefined
    ? undefined
    : `${path}.config names a ConfigMap that may change what is loaded`;
}

function adapterIn({ fields, path }: Place): string {
  const source = fieldsAt(fields, "source", path) ?? {};
  const at = `${path}.source`;
  const image = textAt(source, "image", at);
  return adapterName(textAt(source, "name", at) ?? "", image === undefined ? "" : `oci://${image}`);
}

/** The pod of a preset, or of a template. Both run on the nodes that the resource chooses, and take their GPUs. */
function partPods(object: Fields, { path, fields, resource }: Part): MadePod[] {
  const template = fieldsAt(fields, "template", path) ?? {};
  const at = `${path}.template.spec`;
  const podSpec = fieldsAt(template, "spec", `${path}.template`);
  const nodes = resourceAt(object, resource);
  const placed = { ...podSpec, ...placementOf(nodes, resource, podSpec ?? {}, at) };
  if (podSpec !== undefined)
    return [{ placement: { path: at, fields: placed }, containers: containerPlaces(podSpec, at) }];
  const server = { path: `${path}.preset`, fields: { resources: { limits: gpusOf(nodes, resource) } } };
  return [{ placement: { path: resource, fields: placed }, containers: [server] }];
}

function resourceAt(object: Fields, path: string): Fields {
  let fields: Fields = object;
  for (const key of path.split(".")) fields = fieldsAt(fields, key, path) ?? {};
  return fields;
}

const instanceTypeLabel = "node.kubernetes.io/instance-type";

/** Labels that nodes must have, beside those that a template asks for. */
function placementOf(nodes: Fields, path: string, podSpec: Fields, at: string): Fields {
  // Preferred nodes are taken whatever their type is.
  const instanceType = isSet(nodes["preferredNodes"]) ? undefined : textAt(nodes, "instanceType", path);
  const selector = fieldsAt(nodes, "labelSelector", path) ?? {};
  const labels = fieldsAt(selector, "matchLabels", `${path}.labelSelector`) ?? {};
  const own = fieldsAt(podSpec, "nodeSelector", at) ?? {};
  const type = instanceType === undefined || instanceType === "" ? {} : { [instanceTypeLabel]: instanceType };
  return { nodeSelector: { ...own, ...labels, ...type } };
}

function gpusOf(nodes: Fields, path: string): Fields {
  const partition = fieldsAt(nodes, "partition", path);
  const profile = partition && textAt(partition, "profile", `${path}.partition`);
  return profile === undefined || profile === "" ? { "nvidia.com/gpu": "1" } : { [`nvidia.com/mig-${profile}`]: "1" };
}

function ragPart(object: Fields): Place | undefined {
  const embedding = fieldsAt(specOf(object), "embedding", "spec") ?? {};
  const fields = fieldsAt(embedding, "local", "spec.embedding");
  return fields === undefined ? undefined : { path: "spec.embedding.local", fields };
}

function ragModels(object: Fields): FieldModel[] {
  const local = ragPart(object);
  if (local === undefined) return [];
  const { path, fields } = local;
  if (textAt(fields, "image", path) !== undefined)
    return [unknownModel(`${path}.image`, `${path}.image brings the model: name it in ${path}.modelID`)];
  const source = textAt(fields, "modelID", path);
  const problem = source === undefined ? `${path}.modelID names no model` : undefined;
  return [{ source, field: `${path}.modelID`, container: path, scope: path, problem }];
}

function ragPods(object: Fields): MadePod[] {
  const nodes = fieldsAt(specOf(object), "compute", "spec");
  if (nodes === undefined) return [];
  const limits = ragPart(object) === undefined ? {} : gpusOf(nodes, "spec.compute");
  const placement = { path: "spec.compute", fields: placementOf(nodes, "spec.compute", {}, "spec.compute") };
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
      Object.hasOwn(Object(spec), "compute") ? { accelerator: false, pods: undefined } : podsElsewhere("its pods"),
    compared: [{ path: "spec", except: ["storage", "guardrails", "inferenceService"] }],
  },
];
