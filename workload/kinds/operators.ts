import { readAdapter } from "../adapter.ts";
import type { FieldModel } from "../models/field-model.ts";
import { type Fields, getFields, getList, listPlaces, getText } from "../shape.ts";
import { getSpec } from "./made-pods.ts";

/*
 * What the fields of other operators' objects say of models. One function for each kind.
 */

const here = { container: "spec", scope: "spec" } as const;

/** The template of another object may change without a review of this one. https://argo-rollouts.readthedocs.io/en/stable/migrating/ */
export function readRolloutModels(object: Fields): FieldModel[] {
  if (getFields(getSpec(object), "workloadRef", "spec") === undefined) return [];
  const problem = "spec.workloadRef names another object's template: write it in spec.template";
  return [{ source: undefined, field: "spec.workloadRef", ...here, problem }];
}

/** https://www.kubeai.org/reference/kubernetes-api/ */
export function readKubeAiModels(object: Fields): FieldModel[] {
  const spec = getSpec(object);
  const adapters = listPlaces(spec, "adapters", "spec").map(({ fields, path }) =>
    readAdapter(getText(fields, "name", path) ?? "", getText(fields, "url", path) ?? ""),
  );
  const changing = ["jsonPatches", "files"].find((key) => getList(spec, key, "spec").length > 0);
  const problem = changing && `spec.${changing} may change what the pods load`;
  return [{ source: getText(spec, "url", "spec"), field: "spec.url", ...here, adapters, problem, takesRevision: true }];
}
