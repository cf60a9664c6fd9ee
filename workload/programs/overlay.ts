import type { Variables } from "../expansion.ts";

/** Variables of `env`, over those around it. Made of the new ones alone: commands and variables must not multiply. */
export function mergeVariables(base: Variables, over: ReadonlyMap<string, string>): Variables {
  return {
    get: (name) => over.get(name) ?? base.get(name),
    has: (name) => over.has(name) || base.has(name),
  };
}
