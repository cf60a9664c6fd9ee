import type { FieldModel } from "../models/field-model.ts";
import { type Fields, getFields, isFields, type Place, listPlaces, getText } from "../shape.ts";
import type { KindDetails, MadePod } from "./kinds.ts";
import { writeJson } from "../json/write-json.ts";
import { isSet, getSpec, toUnknownModel } from "./made-pods.ts";

/*
 * kthena, of the Volcano project. A ModelServing holds templates; a ModelBooster names the model and lets the operator write them.
 * https://kthena.volcano.sh/
 */

/** Plugins may write into the pods that the operator makes. */
function servingModels(object: Fields): FieldModel[] {
  const problem = "spec.plugins may change what the pods load";
  return isSet(getSpec(object)["plugins"]) ? [toUnknownModel("spec.plugins", problem)] : [];
}

const backend = "spec.backend";
const served = "/model";

function readBackend(object: Fields): Fields {
  return getFields(getSpec(object), "backend", "spec") ?? {};
}

function boosterModels(object: Fields): FieldModel[] {
  const fields = readBackend(object);
  const uri = getText(fields, "modelURI", backend);
  const source = uri?.startsWith("ms://") === true ? `modelscope://${uri.slice(5)}` : uri;
  const problem = source === undefined ? `${backend}.modelURI names no model` : workerProblem(fields);
  return [{ source, field: `${backend}.modelURI`, container: backend, scope: backend, mountedAt: served, problem }];
}

function workerProblem(fields: Fields): string | undefined {
  const odd = listPlaces(fields, "workers", backend).find((worker) => readArguments(worker) === undefined);
  return odd === undefined ? undefined : `${odd.path}.config is not a map of flags to values`;
}

/** One pod for each kind of worker. The operator starts vLLM on what its downloader left, with `config` as flags. */
function boosterPods(object: Fields): MadePod[] {
  const fields = readBackend(object);
  const { env, envFrom, runtimeClassName } = fields;
  return listPlaces(fields, "workers", backend).map((worker) => {
    const { affinity, resources, image } = worker.fields;
    const words = ["vllm", "serve", served, ...(readArguments(worker) ?? [])];
    const container = {
      path: worker.path,
      fields: { image, command: words, env, envFrom, resources },
      commandField: `${worker.path}.config`,
    };
    return { placement: { path: worker.path, fields: { affinity, runtimeClassName } }, containers: [container] };
  });
}

/** Flags of `config`; what is not a plain value is written as JSON. Undefined: it is not a map, or too deep to be written. */
function readArguments({ fields }: Place): string[] | undefined {
  const config = fields["config"] ?? {};
  if (!isFields(config)) return undefined;
  const words: string[] = [];
  for (const [key, value] of Object.entries(config)) {
    if (value === undefined) continue;
    words.push(`--${key.replaceAll("_", "-")}`);
    if (value === true || value === "" || value === null) continue;
    const written = typeof value === "string" ? value : writeJson(value);
    if (written === undefined) return undefined;
    words.push(written);
  }
  return words;
}

const roles = "spec.template.roles[*]";

/** Kinds of Kthena. */
export const kthenaKinds: readonly KindDetails[] = [
  {
    group: "workload.serving.volcano.sh",
    kind: "ModelServing",
    templates: [`${roles}.entryTemplate`, `${roles}.workerTemplate`],
    models: servingModels,
    variables: ["ENTRY_ADDRESS", "WORKER_INDEX", "GROUP_SIZE"],
    compared: [{ path: "spec.plugins" }],
  },
  {
    group: "workload.serving.volcano.sh",
    kind: "ModelBooster",
    models: boosterModels,
    madePods: boosterPods,
    compared: [
      { path: backend, except: ["replicas", "workers", "schedulerName"] },
      { path: `${backend}.workers[*]`, except: ["replicas", "tolerations"] },
    ],
  },
];
