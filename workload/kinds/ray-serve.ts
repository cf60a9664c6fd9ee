import type { Budget } from "../budget.ts";
import { EmbeddedError, readEmbedded } from "../embedded-yaml.ts";
import type { FieldModel } from "../models/field-model.ts";
import { isFields } from "../shape.ts";

/**
 * The models of a Ray Serve config: `applications[].args.llm_configs[]`, and what an application's variables name. A config
 * that cannot be read is one unreadable model. The text is attacker-controlled.
 * https://docs.ray.io/en/latest/serve/llm/quick-start.html
 */
export function rayServeModels(text: string, field: string, budget: Budget): FieldModel[] {
  try {
    const applications = listIn(readEmbedded(text, field, budget), "applications");
    return applications.flatMap((application) => applicationModels(application, field));
  } catch (cause) {
    if (!(cause instanceof EmbeddedError)) throw cause;
    return [unreadable(`serveConfigV2 is not YAML that the gate can read: ${cause.message}`, field)];
  }
}

function applicationModels(application: unknown, field: string): FieldModel[] {
  const args = at(application, "args");
  const configs = ["llm_configs", "llm_config", "prefill_config", "decode_config"].flatMap((key) => listIn(args, key));
  const variables = at(at(application, "runtime_env"), "env_vars");
  const problem = hazardIn(variables);
  if (configs.length > 0) return configs.map((config) => llmModel(config, field, problem));
  const source = at(variables, "MODEL_ID") ?? at(args, "model_id") ?? at(args, "model");
  if (source === undefined) return [];
  return typeof source === "string"
    ? [{ source, field, ...scope(field), problem }]
    : [unreadable("serveConfigV2 does not name a model", field)];
}

/** https://docs.ray.io/en/latest/serve/api/doc/ray.serve.llm.LLMConfig.html */
function llmModel(config: unknown, field: string, hazard: string | undefined): FieldModel {
  const loading = at(config, "model_loading_config");
  const [id, source] = [at(loading, "model_id"), at(loading, "model_source")];
  const engine = at(config, "engine_kwargs");
  const revision = at(engine, "revision");
  const quantization = at(engine, "quantization");
  if (at(config, "lora_config") !== undefined) return unreadable("lora_config loads adapters at run time", field);
  const problem = hazard ?? hazardIn(at(at(config, "runtime_env"), "env_vars"));
  if (problem !== undefined) return unreadable(problem, field);
  if (at(engine, "model") !== undefined) return unreadable("engine_kwargs names a model of its own", field);
  const place = at(source, "bucket_uri");
  const name = source === undefined ? id : (place ?? source);
  if (typeof name !== "string") return unreadable("a model in serveConfigV2 does not say where it comes from", field);
  if (!isTextOrAbsent(revision) || !isTextOrAbsent(quantization))
    return unreadable("engine_kwargs in serveConfigV2 cannot be read", field);
  return { source: name, field, ...scope(field), revision, quantization };
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || typeof value === "string";
}

/** Variables of a runtime environment that let something else be loaded, in words. */
export function hazardIn(variables: unknown): string | undefined {
  const isSet = at(variables, "VLLM_ALLOW_RUNTIME_LORA_UPDATING") ?? at(variables, "VLLM_MODEL_REDIRECT_PATH");
  return isSet === undefined ? undefined : "the application's variables change what is loaded at run time";
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
