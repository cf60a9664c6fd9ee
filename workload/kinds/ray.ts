import type { Budget } from "../budget.ts";
import { EmbeddedError, readEmbedded } from "../embedded-yaml.ts";
import type { MadePod } from "./kinds.ts";
import type { FieldModel } from "../models/field-model.ts";
import { specOf } from "./made-pods.ts";
import { hazardIn, rayServeModels } from "./ray-serve.ts";
import { type Fields, fieldsAt, isFields, textAt, WorkloadError } from "../shape.ts";

/** https://docs.ray.io/en/latest/serve/llm/ : applications are YAML in a string. */
export function rayServiceModels(object: Fields, budget: Budget): FieldModel[] {
  const text = textAt(specOf(object), "serveConfigV2", "spec");
  return text === undefined ? [] : rayServeModels(text, "spec.serveConfigV2", budget);
}

/**
 * A runtime environment that cannot be read, or that lets a server load something else, is a model that is not known.
 * https://docs.ray.io/en/latest/ray-core/handling-dependencies.html#api-reference
 */
export function rayJobModels(object: Fields, budget: Budget): FieldModel[] {
  const variables = runtimeVariables(object, budget);
  const problem = variables === undefined ? "spec.runtimeEnvYAML cannot be read" : hazardIn(variables);
  if (problem === undefined) return [];
  return [{ source: undefined, field: "spec.runtimeEnvYAML", container: "spec.entrypoint", scope: "spec", problem }];
}

/** A RayJob's entry point is a shell command. https://docs.ray.io/en/latest/cluster/kubernetes/getting-started/rayjob-quick-start.html */
export function rayJobPods(object: Fields, budget: Budget): MadePod[] {
  const entrypoint = textAt(specOf(object), "entrypoint", "spec");
  if (entrypoint === undefined) return [];
  return [
    {
      placement: { path: "spec", fields: {} },
      containers: [
        {
          path: "spec.entrypoint",
          fields: {
            command: ["sh", "-c", entrypoint.replaceAll("$(", () => "$$(")],
            env: runtimeVariables(object, budget) ?? {},
          },
          commandField: "spec.entrypoint",
        },
      ],
    },
  ];
}

/** The variables that `runtimeEnvYAML` sets; undefined where that cannot be read. */
function runtimeVariables(object: Fields, budget: Budget): Fields | undefined {
  const text = textAt(specOf(object), "runtimeEnvYAML", "spec");
  if (text === undefined) return {};
  try {
    const parsed = readEmbedded(text, "spec.runtimeEnvYAML", budget);
    if (!isFields(parsed)) return undefined;
    const variables = fieldsAt(parsed, "env_vars", "") ?? {};
    return Object.values(variables).every((value) => typeof value === "string") ? variables : undefined;
  } catch (cause) {
    if (!(cause instanceof EmbeddedError || cause instanceof WorkloadError)) throw cause;
    return undefined;
  }
}
