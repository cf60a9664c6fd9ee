import { adapterName } from "../servers/settings.ts";
import type { FieldModel } from "../models/field-model.ts";
import { compilePath, placesOf } from "../path.ts";
import { type Fields, fieldsAt, listAt, type Place, placesAt, textAt } from "../shape.ts";

const predictors = [compilePath("spec.predictor"), compilePath("spec.canary[*].predictor")];

/**
 * The models of an InferenceService: `storageUri` of the model or of an older framework field, and `storageUris`. A model
 * with neither is named by its container's arguments, or only by the runtime.
 * https://kserve.github.io/website/docs/reference/crd-api#serving.kserve.io/v1beta1.ModelSpec
 */
export function kserveModels(object: Fields, frameworks: readonly string[]): FieldModel[] {
  return predictors
    .flatMap((path) => placesOf(object, path))
    .flatMap((predictor) => predictorModels(predictor, frameworks));
}

function predictorModels({ path, fields }: Place, frameworks: readonly string[]): FieldModel[] {
  const several = placesAt(fields, "storageUris", path).map((entry) => ({
    source: textAt(entry.fields, "uri", entry.path),
    field: `${entry.path}.uri`,
    container: `${path}.model`,
    scope: path,
    hiddenAdapters: "the serving runtime may load some",
  }));
  const single = ["model", ...frameworks].flatMap((key): FieldModel[] => {
    const model = fieldsAt(fields, key, path);
    const at = `${path}.${key}`;
    if (model === undefined) return [];
    const source = textAt(model, "storageUri", at);
    const found = { source, container: at, scope: path, hiddenAdapters: "the serving runtime may load some" };
    if (source !== undefined) return [{ ...found, field: `${at}.storageUri` }];
    const isStored = fieldsAt(model, "storage", at) !== undefined;
    if (several.length > 0 && !isStored) return [];
    if (isStored) return [{ ...found, field: `${at}.storage` }];
    const problem = "the serving runtime brings the model: name it in storageUri";
    return [{ ...found, field: at, isFallback: true, problem }];
  });
  return [...single, ...several, ...customModels(fields, path)];
}

/** A custom container that the storage initializer serves through `STORAGE_URI`. */
function customModels(predictor: Fields, path: string): FieldModel[] {
  return placesAt(predictor, "containers", path).flatMap((container) =>
    (Array.isArray(container.fields["env"]) ? placesAt(container.fields, "env", container.path) : [])
      .filter(({ fields }) => fields["name"] === "STORAGE_URI")
      .map(({ fields, path: field }) => {
        const source = textAt(fields, "value", field);
        const problem =
          fieldsAt(fields, "valueFrom", field) === undefined ? undefined : "STORAGE_URI comes from elsewhere";
        return { source, field, container: container.path, scope: path, problem };
      }),
  );
}

/** The runtime may bring its own resources and node selector, wherever the predictor does not bring its containers. */
export function isKServeHardwareElsewhere(object: Fields): boolean {
  const spec = fieldsAt(object, "spec", "");
  const predictor = spec && fieldsAt(spec, "predictor", "spec");
  return predictor === undefined || listAt(predictor, "containers", "spec.predictor").length === 0;
}

const llmPodSpecs = ["spec.template", "spec.worker", "spec.prefill.template", "spec.prefill.worker"].map(compilePath);

/**
 * The model of an LLMInferenceService, once for each of its pods, since each may add adapters or settings of its own. A base
 * configuration may supply it, which admission does not see.
 * https://kserve.github.io/website/docs/model-serving/generative-inference/llmisvc/llmisvc-overview
 */
export function llmModels(object: Fields): FieldModel[] {
  const spec = fieldsAt(object, "spec", "");
  if (spec === undefined) return [];
  const model = fieldsAt(spec, "model", "spec") ?? {};
  const source = textAt(model, "uri", "spec.model");
  const hasBase = listAt(spec, "baseRefs", "spec").length > 0;
  const problem =
    source === undefined && hasBase ? "spec.baseRefs supplies the model: name it in spec.model.uri" : undefined;
  const adapters = adapterNames(model, "spec.model", 0);
  const hiddenAdapters = hasBase ? "spec.baseRefs may add some" : undefined;
  const found = { source, field: "spec.model.uri", adapters, hiddenAdapters, problem };
  const pods = llmPodSpecs.flatMap((path) => placesOf(object, path));
  if (pods.length === 0) return [{ ...found, container: "spec.template", scope: "spec" }];
  return pods.map((pod) => ({ ...found, container: mainContainer(pod), scope: pod.path }));
}

/** https://github.com/kserve/kserve : the operator merges its own into the container of this name. */
function mainContainer({ fields, path }: Place): string {
  const containers = placesAt(fields, "containers", path);
  return (containers.find((container) => container.fields["name"] === "main") ?? containers[0])?.path ?? path;
}

/** Adapters have the type of a model, and so may have adapters. */
function adapterNames(model: Fields, path: string, depth: number): string[] {
  const lora = depth < 4 ? fieldsAt(model, "lora", path) : undefined;
  if (lora === undefined) return [];
  return placesAt(lora, "adapters", `${path}.lora`).flatMap(({ fields, path: at }) => {
    const name = adapterName(textAt(fields, "name", at) ?? "", textAt(fields, "uri", at) ?? "");
    return [name].concat(adapterNames(fields, at, depth + 1));
  });
}
