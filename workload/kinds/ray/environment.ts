import { codeVariables } from "../../flags/code-variables.ts";
import { findHazard, listHazards } from "../../flags/hazards.ts";
import { installsKnownPackages } from "../../programs/packages.ts";
import { isFields } from "../../shape.ts";

/** What of a runtime environment changes what is loaded, or brings code, in words. */
export function findHazardOf(environment: unknown): string | undefined {
  const variables = isFields(environment) ? environment["env_vars"] : undefined;
  return findRuntimeHazard(variables) ?? findCode(environment);
}

/**
 * What brings code of somebody's own into a runtime environment, in words.
 * https://docs.ray.io/en/latest/ray-core/handling-dependencies.html#api-reference
 */
export function findCode(environment: unknown): string | undefined {
  if (environment === undefined) return undefined;
  if (!isFields(environment)) return "the runtime environment cannot be read";
  const key = Object.keys(environment).find((name) => !isKnownPart(name, environment[name]));
  return key === undefined ? undefined : `${key} of the runtime environment brings code from elsewhere`;
}

function isKnownPart(key: string, value: unknown): boolean {
  if (key === "env_vars") return isFields(value) && !codeVariables.some((name) => Object.hasOwn(value, name));
  if (key !== "pip") return key === "config";
  const packages = isFields(value) && Object.keys(value).length === 1 ? value["packages"] : value;
  if (!Array.isArray(packages)) return false;
  return packages.every((one) => typeof one === "string" && installsKnownPackages(["pip", "install", one]));
}

/** Variables of a runtime environment that change what is loaded, in words. */
export function findRuntimeHazard(variables: unknown): string | undefined {
  if (!isFields(variables)) return undefined;
  const values = new Map<string, string>();
  for (const [name, value] of Object.entries(variables)) {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean")
      return `the variable ${name} is not text`;
    values.set(name, String(value));
  }
  return findHazard({ values, open: false }, engineHazards);
}

const engineHazards = listHazards("vllm", "lmcache");
