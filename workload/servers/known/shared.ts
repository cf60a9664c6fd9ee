import type { FlagTable } from "../../flags/tables/table.ts";
import type { Settings } from "../server.ts";

/** For a server that is not told so. */
export const none: Settings = { model: [], revision: [], quantization: [], adapters: [] };

/** What flags do that make the model unknown: the second half of a sentence that begins with the flag. */
export const fileOverrides = "names a file that may override the command line";

/** See {@link fileOverrides}. */
export const otherWeights = "changes what is loaded";

/** See {@link fileOverrides}. */
export const otherCode = "brings code from elsewhere";

/** See {@link fileOverrides}. */
export const atRunTime = "lets what is loaded change at run time";

/** See {@link fileOverrides}. */
export const otherMachines = "hands work to other machines";

/** Rotary positions scaled for texts longer than the model was trained on: the same weights then answer otherwise. */
export function listPositionFlags({ flags }: FlagTable): Readonly<Record<string, string>> {
  const names = [...flags.keys()].filter((name) => /^--(?:rope|yarn)[-_]/.test(name));
  return Object.fromEntries(names.map((name) => [name, "changes the positions that the model was trained with"]));
}
