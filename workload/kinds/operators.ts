import type { FieldModel } from "../models/field-model.ts";
import { adapterName } from "../servers/settings.ts";
import { type Fields, fieldsAt, listAt, placesAt, textAt } from "../shape.ts";
import { specOf } from "./made-pods.ts";

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

/** https://www.kubeai.org/reference/kubernetes-api/ */
export function kubeAiModels(object: Fields): FieldModel[] {
  const spec = specOf(object);
  const adapters = placesAt(spec, "adapters", "spec").map(({ fields, path }) =>
    adapterName(textAt(fields, "name", path) ?? "", textAt(fields, "url", path) ?? ""),
  );
  const changing = ["jsonPatches", "files"].find((key) => listAt(spec, key, "spec").length > 0);
  const problem = changing && `spec.${changing} may change what the pods load`;
  return [{ source: textAt(spec, "url", "spec"), field: "spec.url", ...here, adapters, problem, takesRevision: true }];
}
