import { refused } from "../errors.ts";
import type { Manifest } from "../manifest.ts";
import { evalhubResults } from "./evalhub-results.ts";
import { generic } from "./generic.ts";
import type { Kind } from "./kind.ts";

const kinds: readonly Kind[] = [evalhubResults];
const evaluationCard = "application/vnd.eval-hub.evaluation-card.v1+json";

/** What kind of artifact this is, by media types only. Throws ARTIFACT_INVALID for what would be two kinds, or is one not read yet. */
export function kindOf(manifest: Manifest): Kind {
  if (manifest.layers.some(({ mediaType }) => mediaType === evaluationCard)) {
    throw refused("ARTIFACT_INVALID", "evaluation cards are not supported by this version");
  }
  const [kind = generic, ...others] = kinds.filter((candidate) => candidate.matches(manifest));
  if (others.length > 0) throw refused("ARTIFACT_INVALID", "its media types are those of several kinds of evaluation");
  return kind;
}
