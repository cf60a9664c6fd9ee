import type { Content } from "../../policies/artifact.ts";
import { refused } from "../errors.ts";
import type { Manifest } from "../../registry/manifest.ts";
import { parseCard, interpretCard } from "./card.ts";
import type { Kind } from "./kind.ts";
import { readJson } from "./read-json.ts";

const cardLayer = "application/vnd.eval-hub.evaluation-card.v1+json";

/**
 * What the EvalHub server publishes when a job has ended, however it ended: one layer of plain JSON with a row for each
 * benchmark, its scores and its verdict. https://github.com/eval-hub/eval-hub
 */
export const evaluationCard: Kind = {
  name: "evaluation-card",
  matches: ({ layers }: Manifest) => layers.some(({ mediaType }) => mediaType === cardLayer),

  async readContent({ layers: [layer, ...others], annotations }, reading): Promise<Content> {
    if (others.length > 0) throw refused("ARTIFACT_INVALID", "an evaluation card has exactly one layer");
    return reading.layer(layer, async (bytes, takePlace) => {
      reading.budget.spend("bytes", bytes.byteLength);
      return interpretCard(
        await parseCard(await readJson(bytes, reading, takePlace), reading),
        annotations,
        reading.budget,
      );
    });
  },
};
