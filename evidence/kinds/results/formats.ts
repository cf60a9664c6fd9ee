import { refused } from "../../errors.ts";
import { deepeval } from "./formats/deepeval.ts";
import { evalplus } from "./formats/evalplus.ts";
import type { Format, ResultsFile } from "./format.ts";
import { garak } from "./formats/garak.ts";
import { guidellm } from "./formats/guidellm.ts";
import { inspectLog } from "./formats/inspect.ts";
import { lighteval } from "./formats/lighteval.ts";
import { lmEval } from "./formats/lm-eval.ts";
import { promptfoo } from "./formats/promptfoo.ts";

const formats: readonly Format[] = [lmEval, inspectLog, garak, guidellm, promptfoo, deepeval, evalplus, lighteval];

/** Whose file this is, by its shape; undefined for nobody's. Throws ARTIFACT_INVALID for what would be two tools'. */
export function detectFormat(file: ResultsFile): Format | undefined {
  const [format, ...others] = formats.filter((candidate) => candidate.recognises(file));
  if (others.length > 0) throw refused("ARTIFACT_INVALID", "a file has the shape of several evaluators' results");
  return format;
}
