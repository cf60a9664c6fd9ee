import type { Content } from "../../policies/artifact.ts";
import { refused } from "../../registry/errors.ts";
import type { Manifest } from "../../registry/manifest.ts";
import { parseStrictJson } from "../../registry/strict-json.ts";
import { parseCard, understandCard } from "./card.ts";
import type { Kind } from "./kind.ts";

const cardLayer = "application/vnd.eval-hub.evaluation-card.v1+json";

/**
 * What the EvalHub server publishes when a job has ended, however it ended: one layer of plain JSON with a row for each
 * benchmark, its scores and its verdict. https://github.com/eval-hub/eval-hub
 */
export const evaluationCard: Kind = {
  name: "evaluation-card",
  matches: ({ layers }: Manifest) => layers.some(({ mediaType }) => mediaType === cardLayer),

  async readContent({ layers: [layer, ...others], annotations }, readBlob): Promise<Content> {
    if (others.length > 0) throw refused("ARTIFACT_INVALID", "an evaluation card has exactly one layer");
    return understandCard(parseCard(parseStrictJson(await readBlob(layer))), annotations);
  },
};
