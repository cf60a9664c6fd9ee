import type { FieldModel } from "../models/field-model.ts";
import { compilePath, findPlaces } from "../path.ts";
import { generalNims, harmlessNimVariables } from "../servers/nim-image.ts";
import { type Fields, getFields, type Place, listPlaces, getText } from "../shape.ts";
import type { KindDetails } from "./kinds.ts";
import { isSet, toUnknownModel } from "./made-pods.ts";

/*
 * NIMs, alone and in pipelines. https://docs.nvidia.com/nim-operator/latest/service.html
 */

const serviceSpecs = ["spec"].map(compilePath);
const pipelineSpecs = ["spec.services[*].spec"].map(compilePath);

/** The image of a NIM is the model, unless it is a general one, which is told what to load, or a variable replaces it. */
function nimModels({ fields, path }: Place): FieldModel[] {
  const image = getFields(fields, "image", path);
  const repository = image && getText(image, "repository", `${path}.image`);
  const variables = Array.isArray(fields["env"]) ? listPlaces(fields, "env", path) : [];
  const replaced = variables.flatMap((variable) => listReplacements(variable, path));
  if (replaced.length > 0 || image === undefined || repository === undefined) return replaced;
  const tag = getText(image, "tag", `${path}.image`);
  const problem = generalNims.test(repository)
    ? "the image serves any model: name the one it loads in the variable NIM_MODEL_NAME"
    : findOtherAuthority(fields, path);
  const separator = tag?.startsWith("sha256:") === true ? "@" : ":";
  const source = `oci://${repository}${tag === undefined ? "" : separator + tag}`;
  return [{ source, field: `${path}.image`, container: path, scope: path, isFallback: true, problem }];
}

/** A proxy with an authority of its own answers under the name of NVIDIA's registry. */
function findOtherAuthority(fields: Fields, path: string): string | undefined {
  const proxy = getFields(fields, "proxy", path) ?? {};
  return isSet(proxy["certConfigMap"])
    ? `${path}.proxy.certConfigMap gives the proxy an authority of its own, and may change where the model comes from`
    : undefined;
}

/** An id of NVIDIA's catalogue: organisation, team and model. https://docs.nvidia.com/ngc/ */
const catalogueId = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*(?::[\w.-]+)?$/;

function listReplacements({ fields, path }: Place, scope: string): FieldModel[] {
  const name = getText(fields, "name", path) ?? "";
  const value = getText(fields, "value", path);
  if (name === "NIM_MODEL_NAME" && value !== undefined && catalogueId.test(value))
    return [{ source: `ngc://${value}`, field: `${scope}.env[${name}]`, container: scope, scope }];
  if (!name.startsWith("NIM_") || harmlessNimVariables.test(name)) return [];
  return [toUnknownModel(`${scope}.env[${name}]`, `${name} may replace what the image loads`, scope)];
}

/** Variables that a service is told where another one is by. Another name may be one that says what to load. */
const endpoint =
  /^(?!NIM_|HF_|VLLM_|NGC_|LD_|PYTHON)[A-Z][A-Z0-9_]*_(?:URLS?|URI|ENDPOINTS?|HOST|PORT|ADDRESS|SERVICE|SERVER)$/;

function dependencyModels({ fields, path }: Place): FieldModel[] {
  return listPlaces(fields, "dependencies", path).flatMap((dependency) => {
    const name = getText(dependency.fields, "envName", dependency.path);
    const problem = `${name} may change what the service loads: choose a name that ends in _URL`;
    return name === undefined || name === "" || endpoint.test(name)
      ? []
      : [toUnknownModel(`${dependency.path}.envName`, problem, path)];
  });
}

/** Without resources, of devices or of the container, the operator derives them from the model's profile. */
function isDerived({ fields }: Place): boolean {
  return !isSet(fields["resources"]) && !isSet(fields["draResources"]);
}

function findAllPlaces(object: Fields, paths: typeof serviceSpecs): Place[] {
  return paths.flatMap((path) => findPlaces(object, path));
}

const containers = ["", "sidecarContainers[*]"];
const scaling = ["replicas", "minReplicas", "maxReplicas", "scaling", "scale", "metrics"];

/** Kinds of NVIDIA's NIM operator. */
export const nimKinds: readonly KindDetails[] = [
  {
    group: "apps.nvidia.com",
    kind: "NIMService",
    podSpecs: ["spec"],
    containers,
    podMetadata: ["spec"],
    models: (object) => findAllPlaces(object, serviceSpecs).flatMap(nimModels),
    hardwareElsewhere: (object) => ({
      accelerator: findAllPlaces(object, serviceSpecs).some(isDerived),
      pods: undefined,
    }),
    compared: [{ path: "spec", except: [...scaling, "expose"] }],
  },
  {
    group: "apps.nvidia.com",
    kind: "NIMPipeline",
    podSpecs: ["spec.services[*].spec"],
    containers,
    podMetadata: ["spec.services[*].spec"],
    models: (object) => [
      ...findAllPlaces(object, pipelineSpecs).flatMap(nimModels),
      ...findPlaces(object, compilePath("spec.services[*]")).flatMap(dependencyModels),
    ],
    hardwareElsewhere: (object) => ({
      accelerator: findAllPlaces(object, pipelineSpecs).some(isDerived),
      pods: undefined,
    }),
    compared: [
      { path: "spec.services[*]", except: ["spec"] },
      { path: "spec.services[*].spec", except: [...scaling, "expose"] },
    ],
  },
];
