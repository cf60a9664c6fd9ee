import type { ContainerPlace } from "../containers.ts";
import type { MadePod } from "./kinds.ts";
import type { FieldModel } from "../models/field-model.ts";
import { type Fields, getFields, getList, type Place, getText, getTexts } from "../shape.ts";
import { isSet, getSpec, getTextOr } from "./made-pods.ts";

/*
 * A VLLMRuntime: one server, or one for prefill and one for decode, each with fields of its own.
 * https://docs.vllm.ai/projects/production-stack/
 */

/** The parts of the spec that describe a server. Without a topology, and beside one if it has a model, the spec itself. */
function listServers(object: Fields): Place[] {
  const spec = getSpec(object);
  const topology = getFields(spec, "topology", "spec") ?? {};
  const parts = ["prefill", "decode"].flatMap((part) => {
    const fields = getFields(topology, part, "spec.topology");
    return fields === undefined ? [] : [{ path: `spec.topology.${part}`, fields }];
  });
  const isOwnServer = parts.length === 0 || spec["model"] !== undefined || spec["vllmConfig"] !== undefined;
  return isOwnServer ? [{ path: "spec", fields: spec }, ...parts] : parts;
}

/** The models that a VLLMRuntime names. */
export function readVllmRuntimeModels(object: Fields): FieldModel[] {
  return listServers(object).flatMap(({ fields, path }) => {
    const model = getFields(fields, "model", path) ?? {};
    const source = getText(model, "modelURL", `${path}.model`);
    const field = `${path}.model.modelURL`;
    const found = { source, field, problem: findProblem(model, source, path), takesRevision: true };
    return [`${path}.vllmConfig`, ...listHelpers(fields, path)].map((at) => ({ ...found, container: at, scope: at }));
  });
}

/**
 * The path of a side-car that starts as its image does. It helps the server with the same model: what is in its image is a matter
 * of trust, as for the server's. One with a command or arguments is read like any container.
 */
function listHelpers(fields: Fields, path: string): string[] {
  const deployment = getFields(fields, "deploymentConfig", path) ?? {};
  const sidecar = getFields(deployment, "sidecarConfig", `${path}.deploymentConfig`);
  const isHelper = sidecar !== undefined && !isSet(sidecar["command"]) && !isSet(sidecar["args"]);
  return isHelper ? [`${path}.deploymentConfig.sidecarConfig`] : [];
}

function findProblem(model: Fields, source: string | undefined, path: string): string | undefined {
  if (source === undefined) return `${path}.model.modelURL names no model`;
  if (model["enableLoRA"] !== true) return undefined;
  return `${path}.model.enableLoRA lets LoraAdapter objects load adapters at run time`;
}

/** The pods that the production stack's operator makes of a VLLMRuntime. */
export function makeVllmRuntimePods(object: Fields): MadePod[] {
  return listServers(object).flatMap(podsOfServer);
}

function podsOfServer({ fields, path }: Place): MadePod[] {
  const config = getFields(fields, "vllmConfig", path) ?? {};
  const deployment = getFields(fields, "deploymentConfig", path) ?? {};
  const at = `${path}.deploymentConfig`;
  const terms = getList(deployment, "nodeSelectorTerms", at);
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
  const args = getTexts(config, "extraArgs", `${path}.vllmConfig`);
  const storage = getFields(fields, "storageConfig", path) ?? {};
  const mountPath = getText(storage, "mountPath", `${path}.storageConfig`);
  const volumeMounts = mountPath === undefined ? [] : [{ name: "storage", mountPath }];
  const server = {
    path: `${path}.vllmConfig`,
    fields: { args, env: config["env"], resources: readResources(deployment, at), volumeMounts },
    commandField: `${path}.vllmConfig.extraArgs`,
  };
  const containers = [server, ...listSidecars(deployment, at)];
  const runtimeClassName = containers.every(asksForGpu) ? undefined : runtimeClassOf(deployment, at);
  return [{ placement: { path: at, fields: { affinity, runtimeClassName } }, containers }];
}

/** The runtime gives GPUs to containers that ask for none: the custom resource definition's default is NVIDIA's. */
function runtimeClassOf(deployment: Fields, path: string): string {
  return getText(deployment, "runtimeClass", path) ?? "nvidia";
}

function asksForGpu({ fields, path }: ContainerPlace): boolean {
  const resources = getFields(fields, "resources", path) ?? {};
  return isSet(resources["limits"]);
}

function listSidecars(deployment: Fields, path: string): ContainerPlace[] {
  const sidecar = getFields(deployment, "sidecarConfig", path);
  if (sidecar === undefined) return [];
  const { command, args, env } = sidecar;
  const at = `${path}.sidecarConfig`;
  return [{ path: at, fields: { command, args, env, resources: readResources(sidecar, at) } }];
}

/** `gpu` counts GPUs of the type `gpuType`: a resource such as `nvidia.com/mig-1g.10gb`. */
function readResources(parent: Fields, path: string): Fields {
  const resources = getFields(parent, "resources", path) ?? {};
  const gpu = resources["gpu"];
  return {
    limits: isSet(gpu) ? { [getTextOr(resources, "gpuType", `${path}.resources`, "nvidia.com/gpu")]: gpu } : {},
  };
}
