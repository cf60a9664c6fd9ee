import type { Budget } from "../budget.ts";
import { findContainers, type ContainerPlace } from "../containers.ts";
import type { FieldModel } from "../models/field-model.ts";
import { compilePath, findPlaces } from "../path.ts";
import { type Fields, getFields, isFields, joinPath, getList, type Place, listPlaces, getText } from "../shape.ts";
import type { KindDetails, MadePod } from "./kinds.ts";
import { isSet, joinEnv, getSpec, getTextOr, toUnknownModel } from "./made-pods.ts";

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
  const spec = getSpec(object);
  const templates = componentTemplates.flatMap((path) => findPlaces(object, path));
  return [
    ...findPlaces(object, services).map((service) => podOfService(spec, service, budget)),
    ...templates.map((template) => podOfTemplate(spec, template, budget)),
  ];
}

function podOfService(spec: Fields, { path, fields }: Place, budget: Budget): MadePod {
  const at = `${path}.extraPodSpec`;
  const podSpec = getFields(fields, "extraPodSpec", path) ?? {};
  const main = getFields(podSpec, "mainContainer", at) ?? {};
  const mounts = [...listPlaces(fields, "volumeMounts", path), ...listClaims(fields, path)];
  const env = joinEnv([spec, "envs", "spec"], [fields, "envs", path], [main, "env", `${at}.mainContainer`]);
  budget.spend("variables", getList(spec, "envs", "spec").length, path);
  const container = {
    path: `${at}.mainContainer`,
    fields: {
      ...main,
      env,
      envFrom: [...getList(main, "envFrom", `${at}.mainContainer`), ...listSecrets(fields, path)],
      resources: readResources(fields, path) ?? main["resources"],
      volumeMounts: [
        ...getList(main, "volumeMounts", `${at}.mainContainer`),
        ...mounts.map(({ fields: mount }) => ({ name: mount["name"], mountPath: mount["mountPoint"] ?? "" })),
      ],
    },
  };
  const volumes = [
    ...getList(podSpec, "volumes", at),
    ...mounts.map(({ fields: { name } }) => ({ name, persistentVolumeClaim: { claimName: name } })),
  ];
  return {
    placement: { path: at, fields: { ...podSpec, volumes } },
    containers: [container, ...listSidecars(fields, path), ...findContainers(podSpec, at)],
  };
}

/** The claim of older versions, which is mounted as others are. */
function listClaims(fields: Fields, path: string): Place[] {
  const claim = getFields(fields, "pvc", path);
  return claim === undefined ? [] : [{ path: `${path}.pvc`, fields: claim }];
}

/** Variables of a secret as a whole. */
function listSecrets(fields: Fields, path: string): unknown[] {
  const name = getText(fields, "envFromSecret", path);
  return name === undefined ? [] : [{ secretRef: { name } }];
}

function listSidecars(fields: Fields, path: string): ContainerPlace[] {
  const sidecar = fields["frontendSidecar"];
  if (!isFields(sidecar)) return [];
  const at = `${path}.frontendSidecar`;
  const envFrom = listSecrets(sidecar, at);
  return [{ path: at, fields: { ...sidecar, env: getList(sidecar, "envs", at), envFrom } }];
}

/** `gpu` counts GPUs of the type `gpuType`. */
function readResources(fields: Fields, path: string): Fields | undefined {
  const resources = getFields(fields, "resources", path);
  if (resources === undefined) return undefined;
  const at = `${path}.resources`;
  const [limits, requests] = ["limits", "requests"].map((key) => readQuantities(resources, key, at));
  return { limits, requests, claims: resources["claims"] };
}

function readQuantities(resources: Fields, key: string, path: string): Fields {
  const item = getFields(resources, key, path) ?? {};
  const at = joinPath(path, key);
  const custom = getFields(item, "custom", at) ?? {};
  return item["gpu"] === undefined
    ? custom
    : { ...custom, [getTextOr(item, "gpuType", at, "nvidia.com/gpu")]: item["gpu"] };
}

function podOfTemplate(spec: Fields, { path, fields }: Place, budget: Budget): MadePod {
  const at = `${path}.spec`;
  const podSpec = getFields(fields, "spec", path) ?? {};
  const shared = getList(spec, "env", "spec");
  const containers = findContainers(podSpec, at).map((container) => {
    budget.spend("variables", shared.length, container.path);
    const env = [...shared, ...getList(container.fields, "env", container.path)];
    return { ...container, fields: { ...container.fields, env } };
  });
  return { placement: { path: at, fields: podSpec }, containers };
}

/** What a checkpoint restores is in no argument. */
function dynamoModels(object: Fields): FieldModel[] {
  return [...findPlaces(object, services), ...findPlaces(object, components)].flatMap(({ path, fields }) => {
    const experimental = getFields(fields, "experimental", path) ?? {};
    const checkpoints = [fields["checkpoint"], experimental["checkpoint"]];
    const isRestored = checkpoints.some((checkpoint) => isFields(checkpoint) && checkpoint["enabled"] !== false);
    const problem = "a checkpoint may bring what the component runs";
    return isRestored ? [toUnknownModel(`${path}.checkpoint`, problem)] : [];
  });
}

/** The GPU memory service replaces the GPUs of a component by claims that it makes. */
function sharesMemory({ fields, path }: Place): boolean {
  const experimental = getFields(fields, "experimental", path) ?? {};
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
      accelerator: [...findPlaces(object, services), ...findPlaces(object, components)].some(sharesMemory),
      pods: undefined,
    }),
    compared: [
      { path: "spec", except: ["services", "components", "restart", "pvcs"] },
      { path: "spec.services[*]", except: scaling },
      { path: "spec.components[*]", except: scaling },
    ],
  },
];
