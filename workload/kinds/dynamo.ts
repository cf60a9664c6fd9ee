import type { Budget } from "../budget.ts";
import { containerPlaces, type ContainerPlace } from "../containers.ts";
import type { FieldModel } from "../models/field-model.ts";
import { compilePath, placesOf } from "../path.ts";
import { type Fields, fieldsAt, isFields, join, listAt, type Place, placesAt, textAt } from "../shape.ts";
import type { KindDetails, MadePod } from "./kinds.ts";
import { isSet, joinedEnv, specOf, textOr, unknownModel } from "./made-pods.ts";

/*
 * A DynamoGraphDeployment: in v1alpha1 `services`, a map of parts with fields of their own; in v1beta1 `components`, a list of
 * pod templates. Both are read, whatever the version says.
 * https://github.com/ai-dynamo/dynamo/tree/main/deploy/operator/api
 */

const services = compilePath("spec.services[*]");
const components = compilePath("spec.components[*]");
const componentTemplates = ["spec.components[*].podTemplate", "spec.components[*].roles[*].podTemplate"].map(
  compilePath,
);

function dynamoPods(object: Fields, budget: Budget): MadePod[] {
  const spec = specOf(object);
  const templates = componentTemplates.flatMap((path) => placesOf(object, path));
  return [
    ...placesOf(object, services).map((service) => podOfService(spec, service, budget)),
    ...templates.map((template) => podOfTemplate(spec, template, budget)),
  ];
}

function podOfService(spec: Fields, { path, fields }: Place, budget: Budget): MadePod {
  const at = `${path}.extraPodSpec`;
  const podSpec = fieldsAt(fields, "extraPodSpec", path) ?? {};
  const main = fieldsAt(podSpec, "mainContainer", at) ?? {};
  const mounts = placesAt(fields, "volumeMounts", path);
  const env = joinedEnv([spec, "envs", "spec"], [fields, "envs", path], [main, "env", `${at}.mainContainer`]);
  budget.spend("variables", listAt(spec, "envs", "spec").length, path);
  const container = {
    path: `${at}.mainContainer`,
    fields: {
      ...main,
      env,
      envFrom: [...listAt(main, "envFrom", `${at}.mainContainer`), ...secretOf(fields, path)],
      resources: resourcesOf(fields, path) ?? main["resources"],
      volumeMounts: [
        ...listAt(main, "volumeMounts", `${at}.mainContainer`),
        ...mounts.map(({ fields: mount }) => ({ name: mount["name"], mountPath: mount["mountPoint"] ?? "" })),
      ],
    },
  };
  const volumes = [
    ...listAt(podSpec, "volumes", at),
    ...mounts.map(({ fields: { name } }) => ({ name, persistentVolumeClaim: { claimName: name } })),
  ];
  return {
    placement: { path: at, fields: { ...podSpec, volumes } },
    containers: [container, ...sidecarOf(fields, path), ...containerPlaces(podSpec, at)],
  };
}

/** Variables of a secret as a whole. */
function secretOf(fields: Fields, path: string): unknown[] {
  const name = textAt(fields, "envFromSecret", path);
  return name === undefined ? [] : [{ secretRef: { name } }];
}

function sidecarOf(fields: Fields, path: string): ContainerPlace[] {
  const sidecar = fields["frontendSidecar"];
  if (!isFields(sidecar)) return [];
  const at = `${path}.frontendSidecar`;
  const envFrom = secretOf(sidecar, at);
  return [{ path: at, fields: { ...sidecar, env: listAt(sidecar, "envs", at), envFrom } }];
}

/** `gpu` counts GPUs of the type `gpuType`. */
function resourcesOf(fields: Fields, path: string): Fields | undefined {
  const resources = fieldsAt(fields, "resources", path);
  if (resources === undefined) return undefined;
  const at = `${path}.resources`;
  const [limits, requests] = ["limits", "requests"].map((key) => quantitiesOf(resources, key, at));
  return { limits, requests, claims: resources["claims"] };
}

function quantitiesOf(resources: Fields, key: string, path: string): Fields {
  const item = fieldsAt(resources, key, path) ?? {};
  const at = join(path, key);
  const custom = fieldsAt(item, "custom", at) ?? {};
  return item["gpu"] === undefined
    ? custom
    : { ...custom, [textOr(item, "gpuType", at, "nvidia.com/gpu")]: item["gpu"] };
}

function podOfTemplate(spec: Fields, { path, fields }: Place, budget: Budget): MadePod {
  const at = `${path}.spec`;
  const podSpec = fieldsAt(fields, "spec", path) ?? {};
  const shared = listAt(spec, "env", "spec");
  const containers = containerPlaces(podSpec, at).map((container) => {
    budget.spend("variables", shared.length, container.path);
    const env = [...shared, ...listAt(container.fields, "env", container.path)];
    return { ...container, fields: { ...container.fields, env } };
  });
  return { placement: { path: at, fields: podSpec }, containers };
}

/** What a checkpoint restores is in no argument. */
function dynamoModels(object: Fields): FieldModel[] {
  return [...placesOf(object, services), ...placesOf(object, components)].flatMap(({ path, fields }) => {
    const experimental = fieldsAt(fields, "experimental", path) ?? {};
    const checkpoints = [fields["checkpoint"], experimental["checkpoint"]];
    const isRestored = checkpoints.some((checkpoint) => isFields(checkpoint) && checkpoint["enabled"] !== false);
    const problem = "a checkpoint may bring what the component runs";
    return isRestored ? [unknownModel(`${path}.checkpoint`, problem)] : [];
  });
}

/** The GPU memory service replaces the GPUs of a component by claims that it makes. */
function sharesMemory({ fields, path }: Place): boolean {
  const experimental = fieldsAt(fields, "experimental", path) ?? {};
  return isSet(fields["gpuMemoryService"]) || isSet(experimental["gpuMemoryService"]);
}

const scaling = ["replicas", "autoscaling", "scalingAdapter", "ingress", "minAvailable"];

/** Kinds of NVIDIA Dynamo's operator. */
export const dynamoKinds: readonly KindDetails[] = [
  {
    group: "nvidia.com",
    kind: "DynamoGraphDeployment",
    podMetadata: [
      "spec",
      "spec.services[*]",
      "spec.services[*].extraPodMetadata",
      "spec.components[*].podTemplate.metadata",
      "spec.components[*].roles[*].podTemplate.metadata",
    ],
    models: dynamoModels,
    madePods: dynamoPods,
    hardwareElsewhere: (object) => ({
      accelerator: [...placesOf(object, services), ...placesOf(object, components)].some(sharesMemory),
      pods: undefined,
    }),
    compared: [
      { path: "spec", except: ["services", "components", "restart", "pvcs"] },
      { path: "spec.services[*]", except: scaling },
      { path: "spec.components[*]", except: scaling },
    ],
  },
];
