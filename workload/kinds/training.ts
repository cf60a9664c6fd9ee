import type { FieldModel } from "../models/field-model.ts";
import { type Fields, getFields, getText } from "../shape.ts";
import { type KindDetails, type MadePod, listPodsElsewhere } from "./kinds.ts";
import { isSet, getSpec, toUnknownModel } from "./made-pods.ts";

/*
 * A TrainJob: a runtime, another object, brings the pods; the job changes the container that trains.
 * https://www.kubeflow.org/docs/components/trainer/
 */

function trainModels(object: Fields): FieldModel[] {
  const spec = getSpec(object);
  const initializer = getFields(spec, "initializer", "spec") ?? {};
  const model = getFields(initializer, "model", "spec.initializer") ?? {};
  const field = "spec.initializer.model.storageUri";
  const source = getText(model, "storageUri", "spec.initializer.model");
  const problem = isSet(model["env"]) ? "spec.initializer.model.env may change what is fetched" : undefined;
  const named = { source, field, container: "spec.initializer.model", scope: "spec.initializer.model", problem };
  return [...(source === undefined ? [] : [named]), ...overridden(spec), runtimeModel];
}

const runtimeModel: FieldModel = {
  ...toUnknownModel("spec.runtimeRef", "the training runtime, another object, brings what runs", "spec"),
  isFallback: true,
};

/** Fields of several versions that change the runtime's pods. */
const overrides = ["podSpecOverrides", "podTemplateOverrides", "runtimePatches"];

function overridden(spec: Fields): FieldModel[] {
  return overrides
    .filter((key) => isSet(spec[key]))
    .map((key) => toUnknownModel(`spec.${key}`, `spec.${key} may change what the runtime's pods load`));
}

function trainPods(object: Fields): MadePod[] {
  const trainer = getFields(getSpec(object), "trainer", "spec");
  if (trainer === undefined) return [];
  const { resourcesPerNode: resources, ...fields } = trainer;
  const path = "spec.trainer";
  return [{ placement: { path, fields: {} }, containers: [{ path, fields: { ...fields, resources } }] }];
}

/** Kinds of Kubeflow's trainers. */
export const trainingKinds: readonly KindDetails[] = [
  {
    group: "trainer.kubeflow.org",
    kind: "TrainJob",
    podMetadata: ["spec"],
    models: trainModels,
    madePods: trainPods,
    hardwareElsewhere: () => listPodsElsewhere("the pods of its training runtime"),
    compared: [{ path: "spec", except: ["suspend", "managedBy"] }],
  },
];
