import type { MadePod } from "./kinds.ts";
import type { FieldModel } from "./models.ts";
import { rayServeModels } from "./ray-serve.ts";
import { adapterName } from "./settings.ts";
import { type Fields, fieldsAt, isFields, listAt, placesAt, textAt, textsAt } from "./shape.ts";

/*
 * What the fields of other operators' objects say of models. One function for each kind.
 */

const here = { container: "spec", scope: "spec" } as const;

/** https://docs.seldon.ai/seldon-core-2/user-guide/models : a server loads the model from a storage URI, or refers to another Model. */
export function seldonModels(object: Fields): FieldModel[] {
  const spec = specOf(object);
  return [{ source: textAt(spec, "storageUri", "spec"), field: "spec.storageUri", ...here }];
}

/** The image of a NIM is the model, unless a variable tells a general one what to load. https://docs.nvidia.com/nim-operator/latest/service.html */
export function nimModels(object: Fields): FieldModel[] {
  const image = fieldsAt(specOf(object), "image", "spec");
  const repository = image && textAt(image, "repository", "spec.image");
  if (image === undefined || repository === undefined) return [];
  const tag = textAt(image, "tag", "spec.image");
  const separator = tag?.startsWith("sha256:") === true ? "@" : ":";
  return [
    {
      source: `oci://${repository}${tag === undefined ? "" : separator + tag}`,
      field: "spec.image",
      ...here,
      isFallback: true,
    },
  ];
}

/** Without resources the operator derives them from the model's profile. */
export function isNimHardwareElsewhere(object: Fields): boolean {
  return fieldsAt(specOf(object), "resources", "spec") === undefined;
}

/** https://www.kubeai.org/reference/kubernetes-api/ */
export function kubeAiModels(object: Fields): FieldModel[] {
  const spec = specOf(object);
  const adapters = placesAt(spec, "adapters", "spec").map(({ fields, path }) =>
    adapterName(textAt(fields, "name", path) ?? "", textAt(fields, "url", path) ?? ""),
  );
  const problem =
    listAt(spec, "jsonPatches", "spec").length > 0 ? "spec.jsonPatches may change what the pods load" : undefined;
  return [{ source: textAt(spec, "url", "spec"), field: "spec.url", ...here, adapters, problem, takesRevision: true }];
}

/** https://docs.vllm.ai/projects/production-stack/ */
export function vllmRuntimeModels(object: Fields): FieldModel[] {
  const model = fieldsAt(specOf(object), "model", "spec") ?? {};
  const problem =
    model["enableLoRA"] === true
      ? "spec.model.enableLoRA lets LoraAdapter objects load adapters at run time"
      : undefined;
  const field = "spec.model.modelURL";
  const source = textAt(model, "modelURL", "spec.model");
  return [{ source, field, container: "spec.vllmConfig", scope: "spec", problem, takesRevision: true }];
}

export function vllmRuntimePods(object: Fields): MadePod[] {
  const spec = specOf(object);
  const config = fieldsAt(spec, "vllmConfig", "spec") ?? {};
  const deployment = fieldsAt(spec, "deploymentConfig", "spec") ?? {};
  const resources = fieldsAt(deployment, "resources", "spec.deploymentConfig") ?? {};
  const terms = listAt(deployment, "nodeSelectorTerms", "spec.deploymentConfig");
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
  const args = textsAt(config, "extraArgs", "spec.vllmConfig");
  const limits = { "nvidia.com/gpu": resources["gpu"] ?? "0" };
  return [
    {
      placement: { path: "spec.deploymentConfig", fields: { affinity } },
      container: {
        path: "spec.vllmConfig",
        fields: { args, env: config["env"], resources: { limits } },
        commandField: "spec.vllmConfig.extraArgs",
      },
    },
  ];
}

/** https://docs.ray.io/en/latest/serve/llm/ : applications are YAML in a string. */
export function rayModels(object: Fields): FieldModel[] {
  const text = textAt(specOf(object), "serveConfigV2", "spec");
  return text === undefined ? [] : rayServeModels(text, "spec.serveConfigV2");
}

/** A RayJob's entry point is a shell command. https://docs.ray.io/en/latest/cluster/kubernetes/getting-started/rayjob-quick-start.html */
export function rayJobPods(object: Fields): MadePod[] {
  const entrypoint = textAt(specOf(object), "entrypoint", "spec");
  if (entrypoint === undefined) return [];
  return [
    {
      placement: { path: "spec", fields: {} },
      container: {
        path: "spec",
        fields: { command: ["sh", "-c", entrypoint.replaceAll("$(", () => "$$(")] },
        commandField: "spec.entrypoint",
      },
    },
  ];
}

function specOf(object: Fields): Fields {
  const spec = fieldsAt(object, "spec", "");
  return isFields(spec) ? spec : {};
}
