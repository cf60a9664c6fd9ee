import type { Kind } from "./kind.ts";
import { readResults } from "./results/read-results.ts";

/**
 * What EvalHub's adapters publish, and `assaygate push`: one file per layer, among them a dump of JobResults with the scores,
 * or what an evaluator wrote. https://github.com/eval-hub/eval-hub
 */
export const evalhubResults: Kind = {
  name: "evalhub-results",
  matches: ({ artifactType }) => artifactType === "application/vnd.eval-hub.github.io",
  readContent: readResults,
};
