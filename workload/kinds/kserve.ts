import type { HardwareElsewhere } from "../hardware/hardware.ts";
import { listPodsElsewhere } from "./kinds.ts";
import { type Adapter, readAdapter } from "../adapter.ts";
import type { FieldModel } from "../models/field-model.ts";
import { compilePath, findPlaces } from "../path.ts";
import { type Fields, getFields, getList, isFields, type Place, listPlaces, getText } from "../shape.ts";

/** Where KServe puts what its storage initializer fetches. */
const modelMount = "/mnt/models";

const predictors = [compilePath("spec.predictor"), compilePath("spec.canary[*].predictor")];

/**
 * The models of an InferenceService: `storageUri` of the model or of an older framework field, and `storageUris`. A model
 * with neither is named by its container's arguments, or only by the runtime.
 * https://kserve.github.io/website/docs/reference/crd-api#serving.kserve.io/v1beta1.ModelSpec
 */
export function readKserveModels(object: Fields, frameworks: readonly string[]): FieldModel[] {
  const predicting = predictors
    .flatMap((path) => findPlaces(object, path))
    .flatMap((predictor) => predictorModels(predictor, frameworks));
  return [...predicting, ...others.flatMap((path) => findPlaces(object, path)).flatMap(otherModels)];
}

/** Components beside the predictor, for which the storage initializer fetches models as well. */
const others = ["explainer", "transformer"].flatMap((name) => [
  compilePath(`spec.${name}`),
  compilePath(`spec.canary[*].${name}`),
]);

/** What such a component loads beside the predictor's model. Its containers are read as those of any pod, too. */
function otherModels({ path, fields }: Place): FieldModel[] {
  const typed = Object.keys(fields).flatMap((key): FieldModel[] => {
    const own = isFields(fields[key]) ? fields[key] : {};
    const at = `${path}.${key}`;
    const source = getText(own, "storageUri", at);
    const isStored = getFields(own, "storage", at) !== undefined;
    if (source === undefined && !isStored) return [];
    const field = source === undefined ? `${at}.storage` : `${at}.storageUri`;
    return [{ source, field, container: at, scope: path, mountedAt: modelMount }];
  });
  return [...typed, ...listedModels(fields, path, path), ...customModels(fields, path)];
}

/** Several models for one component, each at a place of its own. */
function listedModels(component: Fields, path: string, container: string): FieldModel[] {
  return listPlaces(component, "storageUris", path).map((entry) => ({
    source: getText(entry.fields, "uri", entry.path),
    field: `${entry.path}.uri`,
    container,
    scope: path,
    mountedAt: getText(entry.fields, "mountPath", entry.path) ?? modelMount,
  }));
}

function predictorModels({ path, fields }: Place, frameworks: readonly string[]): FieldModel[] {
  const hiddenAdapters = "the serving runtime may load some";
  const several = listedModels(fields, path, `${path}.model`).map((one) => ({ ...one, hiddenAdapters }));
  const single = ["model", ...frameworks].flatMap((key): FieldModel[] => {
    const model = getFields(fields, key, path);
    const at = `${path}.${key}`;
    if (model === undefined) return [];
    const source = getText(model, "storageUri", at);
    const found = { source, container: at, scope: path, mountedAt: modelMount, hiddenAdapters };
    const isStored = getFields(model, "storage", at) !== undefined;
    const beside = isStored ? `${at}.storage may change what ${at}.storageUri is` : undefined;
    if (source !== undefined) return [{ ...found, field: `${at}.storageUri`, problem: beside }];
    if (several.length > 0 && !isStored) return [];
    if (isStored) return [{ ...found, field: `${at}.storage` }];
    const problem = "the serving runtime brings the model: name it in storageUri";
    return [{ ...found, field: at, isFallback: true, problem }];
  });
  const found = [...single, ...several, ...customModels(fields, path)];
  return found.length > 0 ? found : inImage(fields, path);
}

/** A predictor that only has a container of its own serves what its image holds, if its command names nothing. */
function inImage(predictor: Fields, path: string): FieldModel[] {
  const containers = listPlaces(predictor, "containers", path);
  const own = containers.find(({ fields }) => fields["name"] === "kserve-container") ?? containers[0];
  if (own === undefined) return [];
  return [{ source: undefined, field: own.path, container: own.path, scope: path, isFallback: true, isInImage: true }];
}

/** A custom container that the storage initializer serves through `STORAGE_URI`. */
function customModels(predictor: Fields, path: string): FieldModel[] {
  return listPlaces(predictor, "containers", path).flatMap((container) =>
    (Array.isArray(container.fields["env"]) ? listPlaces(container.fields, "env", container.path) : [])
      .filter(({ fields }) => fields["name"] === "STORAGE_URI")
      .map(({ fields, path: field }) => {
        const source = getText(fields, "value", field);
        const problem =
          getFields(fields, "valueFrom", field) === undefined ? undefined : "STORAGE_URI comes from elsewhere";
        return { source, field, container: container.path, scope: path, mountedAt: modelMount, problem };
      }),
  );
}

/**
 * The runtime may bring its own resources and node selector, wherever a predictor does not bring its containers; it brings the
 * pods of `workerSpec` as a whole, even where that is empty.
 */
export function readKserveHardware(object: Fields): HardwareElsewhere {
  const found = predictors.flatMap((path) => findPlaces(object, path));
  const workers = found.flatMap(({ path, fields }) => {
    const worker = getFields(fields, "workerSpec", path);
    return worker === undefined ? [] : [{ path: `${path}.workerSpec`, fields: worker }];
  });
  const open = workers.find(isWithoutContainers);
  return {
    accelerator: found.length === 0 || found.some(isWithoutContainers),
    pods: open === undefined ? undefined : `the worker pods: ${open.path} leaves them to the serving runtime`,
  };
}

function isWithoutContainers({ path, fields }: Place): boolean {
  return getList(fields, "containers", path).length === 0;
}

/** Metadata of the object, in place of what its runtime's containers say. */
export function fillKservePlaceholders(object: Fields): ReadonlyMap<string, string> {
  const { name, namespace } = readMetadata(object);
  return new Map(
    [
      [".Name", name],
      [".ObjectMeta.Name", name],
      [".Namespace", namespace],
      [".ObjectMeta.Namespace", namespace],
    ].flatMap(([key, value]): [string, string][] => (key === undefined || value === undefined ? [] : [[key, value]])),
  );
}

function readMetadata(object: Fields) {
  const metadata = getFields(object, "metadata", "") ?? {};
  return { name: getText(metadata, "name", "metadata"), namespace: getText(metadata, "namespace", "metadata") };
}

const llmPodSpecs = ["spec.template", "spec.worker", "spec.prefill.template", "spec.prefill.worker"].map(compilePath);

/**
 * The model of an LLMInferenceService, once for each of its pods, since each may add adapters or settings of its own. A base
 * configuration may supply it, which admission does not see.
 * https://kserve.github.io/website/docs/model-serving/generative-inference/llmisvc/llmisvc-overview
 */
export function readLlmModels(object: Fields): FieldModel[] {
  const spec = getFields(object, "spec", "");
  if (spec === undefined) return [];
  const model = getFields(spec, "model", "spec") ?? {};
  const source = getText(model, "uri", "spec.model");
  const problem = llmProblem(spec, source);
  const adapters = readAdapters(model, "spec.model", 0);
  const found = {
    source,
    field: "spec.model.uri",
    mountedAt: modelMount,
    adapters: adapters ?? [],
    hiddenAdapters: adapters === undefined ? "spec.model.lora is too deep to follow" : findHidden(spec),
    problem,
  };
  const pods = llmPodSpecs.flatMap((path) => findPlaces(object, path));
  if (pods.length === 0) return [{ ...found, container: "spec.template", scope: "spec" }];
  return pods.map((pod) => ({ ...found, container: mainContainer(pod), scope: pod.path }));
}

function llmProblem(spec: Fields, source: string | undefined): string | undefined {
  if (source === undefined)
    return getList(spec, "baseRefs", "spec").length > 0
      ? "spec.baseRefs supplies the model: name it in spec.model.uri"
      : undefined;
  const initializer = getFields(spec, "storageInitializer", "spec") ?? {};
  // Claims and images are mounted, and need nobody to fetch them.
  if (initializer["enabled"] !== false || /^(?:pvc|oci(?:\+[a-z]+)?):/i.test(source)) return undefined;
  return "spec.storageInitializer is off, so that nobody fetches what spec.model.uri names";
}

/** Other objects whose containers are merged into these. */
function findHidden(spec: Fields): string | undefined {
  if (getList(spec, "baseRefs", "spec").length > 0) return "spec.baseRefs may add some";
  return getText(spec, "runtime", "spec") === undefined ? undefined : "spec.runtime may add some";
}

/** Pods that only base configurations describe. KServe's own configuration may always ask for an accelerator. */
export function readLlmHardware(object: Fields): HardwareElsewhere {
  const spec = getFields(object, "spec", "") ?? {};
  const prefill = getFields(spec, "prefill", "spec");
  const hasBase = getList(spec, "baseRefs", "spec").length > 0;
  if (hasBase) return listPodsElsewhere("all of its pods: spec.baseRefs may add some");
  if (getFields(spec, "template", "spec") === undefined)
    return listPodsElsewhere("its pods: without spec.template they are KServe's configuration's");
  const isOpen = prefill !== undefined && getFields(prefill, "template", "spec.prefill") === undefined;
  const pods = "the prefill pods: without spec.prefill.template they are KServe's configuration's";
  return isOpen ? listPodsElsewhere(pods) : { accelerator: true, pods: undefined };
}

const parallelism = ["tensor", "pipeline", "data", "dataLocal", "dataRPCPort"];

/** https://kserve.github.io/website/docs/model-serving/generative-inference/llmisvc/llmisvc-configuration */
export function fillLlmPlaceholders(object: Fields): ReadonlyMap<string, string> {
  const spec = getFields(object, "spec", "") ?? {};
  const model = getFields(spec, "model", "spec") ?? {};
  const sizes = getFields(spec, "parallelism", "spec") ?? {};
  const values = new Map(fillKservePlaceholders(object));
  const name = getText(model, "name", "spec.model") ?? values.get(".Name");
  if (name !== undefined) values.set(".Spec.Model.Name", name);
  const uri = getText(model, "uri", "spec.model");
  if (uri !== undefined) values.set(".Spec.Model.URI", uri).set(".Spec.Model.URI.String", uri);
  for (const key of parallelism) {
    const size = sizes[key];
    if (typeof size === "number")
      values.set(`.Spec.Parallelism.${key.charAt(0).toUpperCase()}${key.slice(1)}`, String(size));
  }
  return values;
}

/** https://github.com/kserve/kserve : the operator merges its own into the container of this name. */
function mainContainer({ fields, path }: Place): string {
  const containers = listPlaces(fields, "containers", path);
  return (containers.find((container) => container.fields["name"] === "main") ?? containers[0])?.path ?? path;
}

/** Adapters have the type of a model, and so may have adapters. Undefined: too deep to follow. */
function readAdapters(model: Fields, path: string, depth: number): Adapter[] | undefined {
  const lora = getFields(model, "lora", path);
  if (lora === undefined) return [];
  if (depth >= 4) return undefined;
  const adapters: Adapter[] = [];
  for (const { fields, path: at } of listPlaces(lora, "adapters", `${path}.lora`)) {
    const own = readAdapters(fields, at, depth + 1);
    if (own === undefined) return undefined;
    adapters.push(readAdapter(getText(fields, "name", at) ?? "", getText(fields, "uri", at) ?? ""));
    for (const adapter of own) adapters.push(adapter);
  }
  return adapters;
}
