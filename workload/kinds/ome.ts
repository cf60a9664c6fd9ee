import type { FieldModel } from "../models/field-model.ts";
import { type Fields, getFields, getText } from "../shape.ts";
import type { KindDetails } from "./kinds.ts";
import { getSpec, toUnknownModel } from "./made-pods.ts";

/*
 * OME: `model` names a BaseModel, another object, which holds the weights; a runtime, yet another, brings the containers.
 * https://docs.sglang.ai/ome/
 */

const parts = ["spec.engine", "spec.decoder"].flatMap((path) => [path, `${path}.leader`, `${path}.worker`]);
const pods = ["spec.predictor", "spec.predictor.workerSpec", ...parts, "spec.router"];

function omeModels(object: Fields): FieldModel[] {
  const spec = getSpec(object);
  const predictor = getFields(spec, "predictor", "spec") ?? {};
  const model = getFields(predictor, "model", "spec.predictor") ?? {};
  const source = getText(model, "storageUri", "spec.predictor.model");
  const problem = "a BaseModel, another object, says what is loaded";
  if (source === undefined) return [toUnknownModel("spec.model", problem, "spec")];
  return [
    { source, field: "spec.predictor.model.storageUri", container: "spec.predictor.model", scope: "spec.predictor" },
  ];
}

const scaling = ["minReplicas", "maxReplicas", "scaleTarget", "scaleMetric", "canaryTrafficPercent", "kedaConfig"];

/** Kinds of OME. */
export const omeKinds: readonly KindDetails[] = [
  {
    group: "ome.io",
    kind: "InferenceService",
    podSpecs: pods,
    containers: ["runner", "model"],
    podMetadata: ["spec.predictor", "spec.engine", "spec.decoder", "spec.router"],
    models: omeModels,
    hardwareElsewhere: () => ({ accelerator: true, pods: undefined }),
    compared: [
      { path: "spec", except: ["predictor", "engine", "decoder", "router", "kedaConfig"] },
      ...["predictor", "engine", "decoder", "router"].map((part) => ({ path: `spec.${part}`, except: scaling })),
    ],
  },
];
