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
