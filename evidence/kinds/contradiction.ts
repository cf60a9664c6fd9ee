import { show } from "../../policies/show.ts";
import { refused, type EvidenceError } from "../errors.ts";

/** For an annotation, which EvalHub's users can override, that says another thing than the content. */
export function findContradiction(key: string, claimed: string, content: string | undefined): EvidenceError {
  return refused(
    "ARTIFACT_INVALID",
    `the annotation ${key} says ${show(claimed)}, the results inside say ${show(content)}`,
  );
}
