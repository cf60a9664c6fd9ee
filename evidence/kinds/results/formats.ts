import { refused } from "../../errors.ts";
import type { Format, ResultsFile } from "./format.ts";
import { garak } from "./garak.ts";
import { inspectLog } from "./inspect.ts";
import { lmEval } from "./lm-eval.ts";

const formats: readonly Format[] = [lmEval, inspectLog, garak];

/** Whose file this is, by its shape; undefined for nobody's. Throws ARTIFACT_INVALID for what would be two tools'. */
export function detectFormat(file: ResultsFile): Format | undefined {
  const [format, ...others] = formats.filter((candidate) => candidate.recognises(file));
  if (others.length > 0) throw refused("ARTIFACT_INVALID", "a file has the shape of several evaluators' results");
  return format;
}
