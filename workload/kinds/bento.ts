import { findContainers } from "../containers.ts";
import { type Fields, getFields, joinPath, type Place, listPlaces } from "../shape.ts";
import type { KindDetails, MadePod } from "./kinds.ts";
import { getSpec, toUnknownModel } from "./made-pods.ts";

/*
 * A BentoDeployment: its Bento, another object, names an image that holds the models. It has an API server and runners.
 * https://docs.yatai.io/
 */

function bentoPods(object: Fields): MadePod[] {
  const spec = getSpec(object);
  return [{ path: "spec", fields: spec }, ...listPlaces(spec, "runners", "spec")].map(readPod);
}

function readPod({ path, fields }: Place): MadePod {
  const at = `${path}.extraPodSpec`;
  const podSpec = getFields(fields, "extraPodSpec", path) ?? {};
  const main = { path, fields: { env: fields["envs"], resources: readResources(fields, path) } };
  return { placement: { path: at, fields: podSpec }, containers: [main, ...findContainers(podSpec, at)] };
}

function readResources(fields: Fields, path: string): Fields {
  const resources = getFields(fields, "resources", path) ?? {};
  const at = `${path}.resources`;
  return Object.fromEntries(["limits", "requests"].map((key) => [key, readQuantities(resources, key, at)]));
}

function readQuantities(resources: Fields, key: string, path: string): Fields {
  const item = getFields(resources, key, path) ?? {};
  const custom = getFields(item, "custom", joinPath(path, key)) ?? {};
  return item["gpu"] === undefined ? custom : { ...custom, "nvidia.com/gpu": item["gpu"] };
}

const scaling = ["autoscaling", "ingress", "runners"];

/** Kinds of BentoML's operator. */
export const bentoKinds: readonly KindDetails[] = [
  {
    group: "serving.yatai.ai",
    kind: "BentoDeployment",
    podMetadata: ["spec", "spec.extraPodMetadata", "spec.runners[*]", "spec.runners[*].extraPodMetadata"],
    models: () => [toUnknownModel("spec.bento", "spec.bento names an image that holds the models", "spec")],
    madePods: bentoPods,
    compared: [
      { path: "spec", except: scaling },
      { path: "spec.runners[*]", except: ["autoscaling"] },
    ],
  },
];
