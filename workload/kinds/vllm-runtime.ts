import type { MadePod } from "./kinds.ts";
import type { FieldModel } from "../models/field-model.ts";
import { specOf } from "./operators.ts";
import { type Fields, fieldsAt, listAt, type Place, textAt, textsAt } from "../shape.ts";

/*
 * A VLLMRuntime: one server, or one for prefill and one for decode, each with fields of its own.
 * https://docs.vllm.ai/projects/production-stack/
 */

/** The parts of the spec that describe a server. Without a topology, and beside one if it has a model, the spec itself. */
function serversOf(object: Fields): Place[] {
  const spec = specOf(object);
  const topology = fieldsAt(spec, "topology", "spec") ?? {};
  const parts = ["prefill", "decode"].flatMap((part) => {
    const fields = fieldsAt(topology, part, "spec.topology");
    return fields === undefined ? [] : [{ path: `spec.topology.${part}`, fields }];
  });
  const isOwnServer = parts.length === 0 || spec["model"] !== undefined || spec["vllmConfig"] !== undefined;
  return isOwnServer ? [{ path: "spec", fields: spec }, ...parts] : parts;
}

export function vllmRuntimeModels(object: Fields): FieldModel[] {
  return serversOf(object).map(({ fields, path }) => {
    const model = fieldsAt(fields, "model", path) ?? {};
    const source = textAt(model, "modelURL", `${path}.model`);
    const field = `${path}.model.modelURL`;
    return {
      source,
      field,
      container: `${path}.vllmConfig`,
      scope: `${path}.vllmConfig`,
      problem: problemOf(model, source, path),
      takesRevision: true,
    };
  });
}

function problemOf(model: Fields, source: string | undefined, path: string): string | undefined {
  if (source === undefined) return `${path}.model.modelURL names no model`;
  if (model["enableLoRA"] !== true) return undefined;
  return `${path}.model.enableLoRA lets LoraAdapter objects load adapters at run time`;
}

export function vllmRuntimePods(object: Fields): MadePod[] {
  return serversOf(object).flatMap(podsOfServer);
}

function podsOfServer({ fields, path }: Place): MadePod[] {
  const config = fieldsAt(fields, "vllmConfig", path) ?? {};
  const deployment = fieldsAt(fields, "deploymentConfig", path) ?? {};
  const at = `${path}.deploymentConfig`;
  const resources = fieldsAt(deployment, "resources", at) ?? {};
  const terms = listAt(deployment, "nodeSelectorTerms", at);
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
  const placement = { path: at, fields: { affinity } };
  const args = textsAt(config, "extraArgs", `${path}.vllmConfig`);
  const limits = { "nvidia.com/gpu": resources["gpu"] ?? "0" };
  const server = {
    path: `${path}.vllmConfig`,
    fields: { args, env: config["env"], resources: { limits } },
    commandField: `${path}.vllmConfig.extraArgs`,
  };
  const sidecar = fieldsAt(deployment, "sidecarConfig", at);
  if (sidecar === undefined) return [{ placement, container: server }];
  // Its resources are no Kubernetes ones, and ask for no accelerator.
  const { command, args: sidecarArgs, env } = sidecar;
  return [
    { placement, container: server },
    { placement, container: { path: `${at}.sidecarConfig`, fields: { command, args: sidecarArgs, env } } },
  ];
}
