import type { FieldModel } from "../models/field-model.ts";
import { type KindDetails, listPodsElsewhere } from "./kinds.ts";
import { toUnknownModel } from "./made-pods.ts";

/*
 * llmaz: a claim names an OpenModel, another object, which holds the source of the model and the nodes that it runs on.
 * https://llmaz.inftyai.com/
 */

function claimedModels(field: string): () => FieldModel[] {
  return () => [toUnknownModel(field, `${field} names an OpenModel, another object that says what is loaded`, "spec")];
}

/** Kinds of llmaz. */
export const llmazKinds: readonly KindDetails[] = [
  {
    group: "inference.llmaz.io",
    kind: "Playground",
    models: claimedModels("spec.modelClaim"),
    hardwareElsewhere: () => listPodsElsewhere("the pods of its backend"),
    compared: [{ path: "spec", except: ["replicas", "elasticConfig"] }],
  },
  {
    group: "inference.llmaz.io",
    kind: "Service",
    templates: ["spec.workloadTemplate.leaderTemplate", "spec.workloadTemplate.workerTemplate"],
    models: claimedModels("spec.modelClaims"),
    hardwareElsewhere: () => ({ accelerator: true, pods: undefined }),
    compared: [{ path: "spec.modelClaims" }],
  },
];
