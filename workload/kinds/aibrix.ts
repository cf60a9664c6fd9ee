import type { FieldModel } from "../models/field-model.ts";
import { type Fields, getText } from "../shape.ts";
import { type KindDetails, listPodsElsewhere } from "./kinds.ts";
import { getSpec } from "./made-pods.ts";

/** An adapter that is put into pods which run already. Which model they run stands elsewhere. */
function adapterModels(object: Fields): FieldModel[] {
  const adapter = getText(getSpec(object), "artifactURL", "spec");
  return [
    {
      source: undefined,
      field: "spec.artifactURL",
      container: "spec",
      scope: "spec",
      adapters: adapter === undefined ? [] : [{ name: adapter, place: undefined }],
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
    hardwareElsewhere: () => listPodsElsewhere("the pods that it loads the adapter into"),
    compared: [{ path: "spec", except: ["replicas", "schedulerName"] }],
  },
];
