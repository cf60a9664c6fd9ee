import { refused } from "../errors.ts";
import type { Manifest } from "../../registry/manifest.ts";
import { attestation } from "./attestation.ts";
import { evalhubResults } from "./evalhub-results.ts";
import { evaluationCard } from "./evaluation-card.ts";
import { generic } from "./generic.ts";
import { image } from "./image.ts";
import type { Kind } from "./kind.ts";

const kinds: readonly Kind[] = [evalhubResults, evaluationCard, attestation, image];

/** What kind of artifact this is, by media types only. Throws ARTIFACT_INVALID for what would be two kinds. */
export function detectKind(manifest: Manifest): Kind {
  const [kind = generic, ...others] = kinds.filter((candidate) => candidate.matches(manifest));
  if (others.length > 0) throw refused("ARTIFACT_INVALID", "its media types are those of several kinds of evaluation");
  return kind;
}
