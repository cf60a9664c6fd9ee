import type { Budget } from "../../budget.ts";
import { EmbeddedError } from "../../embedded/embedded-text.ts";
import { readEmbedded } from "../../embedded/embedded-yaml.ts";
import type { FieldModel } from "../../models/field-model.ts";
import { isFields } from "../../shape.ts";
import { findForeignPart, findForeignOption } from "./deployments.ts";
import { readEngineArguments } from "./engine.ts";
import { findHazardOf } from "./environment.ts";

/**
 * The models of a Ray Serve config: `applications[].args.llm_configs[]`, and what an application's variables name. A config
 * that cannot be read is one unreadable model. The text is attacker-controlled.
 * https://docs.ray.io/en/latest/serve/llm/quick-start.html
 */
export function readRayServeModels(text: string, field: string, budget: Budget): FieldModel[] {
  try {
    const config = readEmbedded(text, field, budget);
    const applications = listIn(config, "applications");
    const foreign = findForeignPart("serveConfigV2", config);
    return applications.flatMap((application) => applicationModels(application, field, foreign));
  } catch (cause) {
    if (!(cause instanceof EmbeddedError)) throw cause;
    return [unreadable(`serveConfigV2 is not YAML that the gate can read: ${cause.message}`, field)];
  }
}

/** Applications of Ray's own for language models. What others do with the names they are given, only their code says. */
const builders = /^ray\.serve\.llm:build_[a-z_]+$/;

function applicationModels(application: unknown, field: string, foreign: string | undefined): FieldModel[] {
  const args = at(application, "args");
  const configs = ["llm_configs", "llm_config", "prefill_config", "decode_config"].flatMap((key) => listIn(args, key));
  const environment = at(application, "runtime_env");
  const variables = at(environment, "env_vars");
  const problem =
    findHazardOf(environment) ??
    findCode(application) ??
    foreign ??
    findForeignPart("an application", application) ??
    [...listIn(application, "deployments"), ...listIn(args, "ingress_deployment_config")]
      .map(findForeignOption)
      .find((one) => one !== undefined);
  if (configs.length > 0) {
    const hazard = problem ?? findUnknownPart(args, "an application's args");
    return configs.flatMap((config) => llmModels(config, field, hazard));
  }
  const source = at(variables, "MODEL_ID") ?? at(args, "model_id") ?? at(args, "model");
  if (typeof source === "string") return [{ source, field, ...scope(field), problem }];
  const silent = unreadable(problem ?? "serveConfigV2 does not name a model", field);
  return [source === undefined ? { ...silent, needsAccelerator: !asksForAccelerator(application) } : silent];
}

/** In Ray's own terms, whatever the pods ask for. */
function asksForAccelerator(application: unknown): boolean {
  return listIn(application, "deployments").some((deployment) => {
    const options = at(deployment, "ray_actor_options");
    return ["num_gpus", "resources", "accelerator_type"].some((key) => (at(options, key) ?? 0) !== 0);
  });
}

function findCode(application: unknown): string | undefined {
  const path = at(application, "import_path");
  if (typeof path === "string" && builders.test(path)) return undefined;
  return `${typeof path === "string" ? path : "an application"} is code that the gate does not know`;
}

/** What of a configuration is read here, or says nothing of what is loaded. */
const knownParts = {
  "an application's args": "llm_configs llm_config prefill_config decode_config ingress_deployment_config name_prefix",
  "an LLM's configuration":
    "model_loading_config llm_engine engine_kwargs resources_per_bundle accelerator_type accelerator_config lora_config " +
    "deployment_config runtime_env log_engine_metrics placement_group_config",
  model_loading_config: "model_id model_source",
} as const;

/** A part that is not known, in words. */
function findUnknownPart(value: unknown, of: keyof typeof knownParts): string | undefined {
  const known: readonly string[] = knownParts[of].split(" ");
  const key = isFields(value) ? Object.keys(value).find((name) => !known.includes(name)) : undefined;
  return key === undefined ? undefined : `${key.slice(0, 80)} of ${of} may change what is loaded`;
}

/** A model, and its draft models. https://docs.ray.io/en/latest/serve/api/doc/ray.serve.llm.LLMConfig.html */
function llmModels(config: unknown, field: string, hazard: string | undefined): FieldModel[] {
  const loading = at(config, "model_loading_config");
  const [id, source] = [at(loading, "model_id"), at(loading, "model_source")];
  const engine = at(config, "engine_kwargs");
  if (at(config, "lora_config") !== undefined) return [unreadable("lora_config loads adapters at run time", field)];
  const place = at(source, "bucket_uri");
  const name = source === undefined ? id : (place ?? source);
  if (typeof name !== "string") return [unreadable("a model in serveConfigV2 does not say where it comes from", field)];
  const reading = readEngineArguments(engine, name, field);
  if (reading === undefined) return [unreadable("engine_kwargs in serveConfigV2 cannot be read", field)];
  const problem =
    hazard ??
    findHazardOf(at(config, "runtime_env")) ??
    findForeignOption(at(config, "deployment_config")) ??
    findUnknownPart(config, "an LLM's configuration") ??
    findUnknownPart(loading, "model_loading_config") ??
    readEngine(config) ??
    (reading.problem && `engine_kwargs: ${reading.problem}`);
  const { revision, quantization, adapters, hiddenAdapters } = reading;
  const found = { source: name, field, ...scope(field), revision, quantization, adapters, hiddenAdapters, problem };
  return [found, ...reading.drafts.map((draft) => ({ ...draft, field, ...scope(field), problem }))];
}

function readEngine(config: unknown): string | undefined {
  const engine = at(config, "llm_engine") ?? "vLLM";
  return engine === "vLLM" ? undefined : "llm_engine names an engine that the gate does not know";
}

function unreadable(problem: string, field: string): FieldModel {
  return { source: undefined, field, ...scope(field), problem };
}

/** No container serves it under a path of its own. */
function scope(field: string): { container: string; scope: string } {
  return { container: field, scope: field };
}

function at(value: unknown, key: string): unknown {
  return isFields(value) && Object.hasOwn(value, key) ? (value[key] ?? undefined) : undefined;
}

function listIn(value: unknown, key: string): readonly unknown[] {
  const list = at(value, key);
  if (list === undefined) return [];
  return Array.isArray(list) ? list : [list];
}
