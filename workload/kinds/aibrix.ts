import type { FieldModel } from "../models/field-model.ts";
import { type Fields, textAt } from "../shape.ts";
import { type KindDetails, podsElsewhere } from "./kinds.ts";
import { specOf } from "./made-pods.ts";

/** An adapter that is put into pods which run already. Which model they run stands elsewhere. */
function adapterModels(object: Fields): FieldModel[] {
  const adapter = textAt(specOf(object), "artifactURL", "spec");
  return [
    {
      source: undefined,
      field: "spec.artifactURL",
      container: "spec",
      scope: "spec",
      adapters: adapter === undefined ? [] : [adapter],
      problem:
        "an adapter is loaded into pods that run already, and spec.podSelector does not say which model they run",
    },
  ];
}

const fleet = "spec.template.spec";

/** https://aibrix.readthedocs.io/latest/ */
export const aibrixKinds: readonly KindDetails[] = [
  {
    group: "orchestration.aibrix.ai",
    kind: "StormService",
    templates: ["spec.template.spec.roles[*].template"],
    podMetadata: ["spec.template.metadata"],
  },
  {
    group: "orchestration.aibrix.ai",
    kind: "RayClusterFleet",
    templates: [`${fleet}.headGroupSpec.template`, `${fleet}.workerGroupSpecs[*].template`],
    startsContainers: true,
    podMetadata: ["spec.template.metadata"],
  },
  {
    group: "model.aibrix.ai",
    kind: "ModelAdapter",
    models: adapterModels,
    hardwareElsewhere: () => podsElsewhere("the pods that it loads the adapter into"),
    compared: [{ path: "spec", except: ["replicas", "schedulerName"] }],
  },
];
