import type { FieldModel } from "../models/field-model.ts";
import { adapterName } from "../servers/settings.ts";
import { type Fields, fieldsAt, isFields, listAt, placesAt, textAt } from "../shape.ts";

/*
 * What the fields of other operators' objects say of models. One function for each kind.
 */

const here = { container: "spec", scope: "spec" } as const;

/** The template of another object may change without a review of this one. https://argo-rollouts.readthedocs.io/en/stable/migrating/ */
export function rolloutModels(object: Fields): FieldModel[] {
  if (fieldsAt(specOf(object), "workloadRef", "spec") === undefined) return [];
  const problem = "spec.workloadRef names another object's template: write it in spec.template";
  return [{ source: undefined, field: "spec.workloadRef", ...here, problem }];
}

/** https://docs.seldon.ai/seldon-core-2/user-guide/models : a server loads the model from a storage URI, or refers to another Model. */
export function seldonModels(object: Fields): FieldModel[] {
  const source = textAt(specOf(object), "storageUri", "spec");
  const problem = source === undefined ? "another Model brings what it loads: name it in spec.storageUri" : undefined;
  return [{ source, field: "spec.storageUri", ...here, problem }];
}

/** Images that serve whatever a variable or a NIMCache names. https://docs.nvidia.com/nim/large-language-models/latest/introduction.html */
const generalNims = /(?:^|\/)(?:llm-nim|model-free-nim)$/;

/** The image of a NIM is the model, unless it is a general one, which is told what to load. https://docs.nvidia.com/nim-operator/latest/service.html */
export function nimModels(object: Fields): FieldModel[] {
  const image = fieldsAt(specOf(object), "image", "spec");
  const repository = image && textAt(image, "repository", "spec.image");
  if (image === undefined || repository === undefined) return [];
  const tag = textAt(image, "tag", "spec.image");
  const problem = generalNims.test(repository)
    ? "the image serves any model: name the one it loads in the variable NIM_MODEL_NAME"
    : undefined;
  const separator = tag?.startsWith("sha256:") === true ? "@" : ":";
  return [
    {
      source: `oci://${repository}${tag === undefined ? "" : separator + tag}`,
      field: "spec.image",
      ...here,
      isFallback: true,
      problem,
    },
  ];
}

/** Without resources the operator derives them from the model's profile. */
export function isNimHardwareElsewhere(object: Fields): boolean {
  return fieldsAt(specOf(object), "resources", "spec") === undefined;
}

/** https://www.kubeai.org/reference/kubernetes-api/ */
export function kubeAiModels(object: Fields): FieldModel[] {
  const spec = specOf(object);
  const adapters = placesAt(spec, "adapters", "spec").map(({ fields, path }) =>
    adapterName(textAt(fields, "name", path) ?? "", textAt(fields, "url", path) ?? ""),
  );
  const problem =
    listAt(spec, "jsonPatches", "spec").length > 0 ? "spec.jsonPatches may change what the pods load" : undefined;
  return [{ source: textAt(spec, "url", "spec"), field: "spec.url", ...here, adapters, problem, takesRevision: true }];
}

export function specOf(object: Fields): Fields {
  const spec = fieldsAt(object, "spec", "");
  return isFields(spec) ? spec : {};
}
