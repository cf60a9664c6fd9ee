import type { FieldModel } from "../models/field-model.ts";
import { readSource } from "../model-source.ts";
import { compilePath, findPlaces } from "../path.ts";
import { type Fields, getFields, type Place, listPlaces, getText } from "../shape.ts";
import type { KindDetails } from "./kinds.ts";
import { getSpec, toUnknownModel } from "./made-pods.ts";

/**
 * A server loads the model from a storage URI, with parameters, or refers to another Model. An explainer asks the model that it
 * names, and loads its own. https://github.com/SeldonIO/seldon-core/blob/v2/operator/apis/mlops/v1alpha1/model_types.go
 */
function modelModels(object: Fields): FieldModel[] {
  const spec = getSpec(object) ?? {};
  const source = getText(spec, "storageUri", "spec");
  const problem =
    source === undefined
      ? "another Model brings what it loads: name it in spec.storageUri"
      : (findOtherModel(spec) ?? findOtherPart(source, spec));
  const named = { source, field: "spec.storageUri", container: "spec", scope: "spec", problem };
  return [named, ...readParameters({ fields: spec, path: "spec" }, "spec")];
}

/** Fields by which something else answers than what the storage URI names. */
function findOtherModel(spec: Fields): string | undefined {
  if (spec["preloaded"] !== undefined && spec["preloaded"] !== null && spec["preloaded"] !== false)
    return "spec.preloaded leaves what is loaded to the server";
  return getFields(spec, "llm", "spec") === undefined ? undefined : "spec.llm names another Model, which answers";
}

function findOtherPart(source: string, spec: Fields): string | undefined {
  const configured = ["secretName", "storageConfig"].find((key) => spec[key] !== undefined && spec[key] !== null);
  const other = findOtherStorage(source, configured !== undefined, `spec.${configured}`);
  if (other !== undefined || spec["artifactVersion"] === undefined || spec["artifactVersion"] === null) return other;
  return readSource(source).kind === "named" ? "spec.artifactVersion chooses a folder of what is named" : undefined;
}

/** rclone fetches the model, and its configuration says what a scheme stands for: that of a hub, too. */
function findOtherStorage(source: string, isConfigured: boolean, field: string): string | undefined {
  if (!isConfigured || readSource(source).kind !== "named") return undefined;
  return `${field} may say that ${source.slice(0, 80)} lies elsewhere`;
}

/*
 * A SeldonDeployment: each predictor has pods, and a graph of units whose containers have their names.
 * https://docs.seldon.io/projects/seldon-core/en/latest/reference/seldon-deployment.html
 */

const predictors = compilePath("spec.predictors[*]");

/** Units that the operator runs itself, and that load nothing. */
const withoutModel = new Set(["SIMPLE_MODEL", "SIMPLE_ROUTER", "RANDOM_ABTEST", "AVERAGE_COMBINER"]);

/** Graphs are trees of a few units. What is deeper is not followed, and unknown. */
const maxDepth = 16;

function deploymentModels(object: Fields): FieldModel[] {
  return findPlaces(object, predictors).flatMap(({ path, fields }) => {
    const graph = getFields(fields, "graph", path);
    const explainer = getFields(fields, "explainer", path);
    return [
      ...(graph === undefined ? [] : unitModels({ path: `${path}.graph`, fields: graph }, path, 0)),
      ...(explainer === undefined ? [] : uriModel({ path: `${path}.explainer`, fields: explainer }, path)),
    ];
  });
}

function unitModels(unit: Place, scope: string, depth: number): FieldModel[] {
  if (depth > maxDepth) return [toUnknownModel(unit.path, "the graph is too deep to follow", scope)];
  const children = listPlaces(unit.fields, "children", unit.path);
  return [...ownModel(unit, scope), ...children.flatMap((child) => unitModels(child, scope, depth + 1))];
}

/** Parameters of prepackaged servers that change only how a model is run. */
const harmlessParameters = new Set(
  "task method_name batch_size device max_batch_size max_batch_time signature_name model_name framework model_input model_output".split(
    " ",
  ),
);

function ownModel(unit: Place, scope: string): FieldModel[] {
  const { fields, path } = unit;
  const implementation = getText(fields, "implementation", path) ?? "UNKNOWN_IMPLEMENTATION";
  const named = [...uriModel(unit, scope), ...parameterModels(unit, scope, implementation)];
  if (named.length > 0 || withoutModel.has(implementation)) return named;
  if (implementation === "UNKNOWN_IMPLEMENTATION") return [];
  return [toUnknownModel(path, `${implementation} brings the model: name it in ${path}.modelUri`, scope)];
}

/** Of a container of somebody's own, parameters say what its code makes of them. */
function parameterModels(unit: Place, scope: string, implementation: string): FieldModel[] {
  const isOwn = implementation === "UNKNOWN_IMPLEMENTATION" || withoutModel.has(implementation);
  return isOwn ? [] : readParameters(unit, scope);
}

/** A server that is told a name by a parameter loads that, whatever its URI says. */
function readParameters({ fields, path }: Place, scope: string): FieldModel[] {
  return listPlaces(fields, "parameters", path).flatMap((parameter) => {
    const name = getText(parameter.fields, "name", parameter.path) ?? "";
    if (name === "pretrained_model") return [readModel(parameter, "value", scope)];
    const problem = `the parameter ${name.slice(0, 80)} may change what is loaded`;
    return harmlessParameters.has(name) ? [] : [toUnknownModel(parameter.path, problem, scope)];
  });
}

function uriModel(unit: Place, scope: string): FieldModel[] {
  const { fields, path } = unit;
  const source = getText(fields, "modelUri", path);
  if (source === undefined || source === "") return [];
  const [image, secret] = ["storageInitializerImage", "envSecretRefName"].map(
    (key) => getText(fields, key, path) ?? "",
  );
  const problem =
    image === ""
      ? findOtherStorage(source, secret !== "", `${path}.envSecretRefName`)
      : `${path}.storageInitializerImage brings the code that fetches the model`;
  return [{ ...readModel(unit, "modelUri", scope), problem }];
}

function readModel({ fields, path }: Place, key: string, scope: string): FieldModel {
  return {
    source: getText(fields, key, path),
    field: `${path}.${key}`,
    container: path,
    scope,
    mountedAt: "/mnt/models",
  };
}

const scaling = ["replicas", "traffic", "shadow", "componentSpecs"];

/** Kinds of Seldon Core. */
export const seldonKinds: readonly KindDetails[] = [
  {
    group: "mlops.seldon.io",
    kind: "Model",
    models: modelModels,
    hardwareElsewhere: () => ({ accelerator: true, pods: undefined }),
    compared: [{ path: "spec", except: ["replicas", "minReplicas", "maxReplicas", "scaling"] }],
  },
  {
    group: "machinelearning.seldon.io",
    kind: "SeldonDeployment",
    templates: ["spec.predictors[*].componentSpecs[*]"],
    podSpecs: ["spec.predictors[*].explainer"],
    containers: ["containerSpec"],
    podMetadata: ["spec.predictors[*]"],
    models: deploymentModels,
    hardwareElsewhere: () => ({ accelerator: true, pods: undefined }),
    compared: [{ path: "spec.predictors[*]", except: scaling }, { path: "spec.annotations" }],
  },
];
