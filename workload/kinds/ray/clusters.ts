import type { Budget } from "../../budget.ts";
import { EmbeddedError } from "../../embedded/embedded-text.ts";
import { readEmbedded } from "../../embedded/embedded-yaml.ts";
import type { MadePod } from "../kinds.ts";
import type { FieldModel } from "../../models/field-model.ts";
import { getSpec } from "../made-pods.ts";
import { findCode, findRuntimeHazard } from "./environment.ts";
import { readRayServeModels } from "./serve.ts";
import { type Fields, getFields, isFields, listPlaces, getText } from "../../shape.ts";

/** https://docs.ray.io/en/latest/serve/llm/ : applications are YAML in a string. */
export function readRayServiceModels(object: Fields, budget: Budget): FieldModel[] {
  const text = getText(getSpec(object), "serveConfigV2", "spec");
  const models = text === undefined ? [] : readRayServeModels(text, "spec.serveConfigV2", budget);
  return [...models, ...unsafeStart(object, "rayClusterConfig")];
}

/** KubeRay writes these parameters into a line of shell, as they are. */
function unsafeStart(object: Fields, cluster: string): FieldModel[] {
  const config = getFields(getSpec(object), cluster, "spec");
  if (config === undefined) return [];
  const path = `spec.${cluster}`;
  const head = getFields(config, "headGroupSpec", path);
  const groups = [
    ...(head === undefined ? [] : [{ path: `${path}.headGroupSpec`, fields: head }]),
    ...listPlaces(config, "workerGroupSpecs", path),
  ];
  const unsafe = groups.find(({ fields, path: at }) => {
    const parameters = getFields(fields, "rayStartParams", at) ?? {};
    return Object.entries(parameters).some((pair) =>
      pair.some((text) => typeof text !== "string" || /[;&|`$<>()\\\n]/.test(text)),
    );
  });
  if (unsafe === undefined) return [];
  const field = `${unsafe.path}.rayStartParams`;
  return [{ source: undefined, field, container: field, scope: field, problem: `${field} may run any command` }];
}

/**
 * A runtime environment that cannot be read, or that lets a server load something else, is a model that is not known.
 * https://docs.ray.io/en/latest/ray-core/handling-dependencies.html#api-reference
 */
export function readRayJobModels(object: Fields, budget: Budget): FieldModel[] {
  const environment = runtimeEnvironment(object, budget);
  const variables = readVariables(environment);
  const problem = variables === undefined ? "spec.runtimeEnvYAML cannot be read" : findRuntimeHazard(variables);
  const field = "spec.runtimeEnvYAML";
  const found = { source: undefined, field, container: "spec.entrypoint", scope: "spec" };
  if (problem !== undefined) return [{ ...found, problem }];
  const unsafe = unsafeStart(object, "rayClusterSpec");
  if (unsafe.length > 0) return unsafe;
  const code = findCode(environment);
  if (code !== undefined) return [{ ...found, problem: code, needsAccelerator: true }];
  return getText(getSpec(object), "entrypoint", "spec") === undefined ? bareCluster() : [];
}

/** Whoever may reach a cluster can send it code. */
export function readRayClusterModels(): FieldModel[] {
  return bareCluster();
}

function bareCluster(): FieldModel[] {
  const problem = "what the cluster is sent to run cannot be seen at admission";
  const here = { source: undefined, field: "spec", container: "spec", scope: "spec" };
  return [{ ...here, problem, isFallback: true, needsAccelerator: true }];
}

/** A RayJob's entry point is a shell command. https://docs.ray.io/en/latest/cluster/kubernetes/getting-started/rayjob-quick-start.html */
export function makeRayJobPods(object: Fields, budget: Budget): MadePod[] {
  const entrypoint = getText(getSpec(object), "entrypoint", "spec");
  if (entrypoint === undefined) return [];
  return [
    {
      placement: { path: "spec", fields: {} },
      isEverywhere: true,
      containers: [
        {
          path: "spec.entrypoint",
          fields: {
            command: ["sh", "-c", entrypoint.replaceAll("$(", () => "$$(")],
            env: readVariables(runtimeEnvironment(object, budget)) ?? {},
          },
          commandField: "spec.entrypoint",
        },
      ],
    },
  ];
}

/** What `runtimeEnvYAML` holds; undefined where that cannot be read. */
function runtimeEnvironment(object: Fields, budget: Budget): Fields | undefined {
  const text = getText(getSpec(object), "runtimeEnvYAML", "spec");
  if (text === undefined) return {};
  try {
    const parsed = readEmbedded(text, "spec.runtimeEnvYAML", budget);
    return isFields(parsed) ? parsed : undefined;
  } catch (cause) {
    if (!(cause instanceof EmbeddedError)) throw cause;
    return undefined;
  }
}

/** The variables that it sets; undefined where they cannot be read. */
function readVariables(environment: Fields | undefined): Fields | undefined {
  const variables = environment?.["env_vars"] ?? {};
  if (environment === undefined || !isFields(variables)) return undefined;
  return Object.values(variables).every((value) => typeof value === "string") ? variables : undefined;
}
