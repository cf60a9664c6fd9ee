import { describe, it, expect } from "@jest/globals";
import { detectKind } from "../../../evidence/kinds/detect.ts";
import { parseManifest } from "../../../registry/manifest.ts";
import {
  artifactOf,
  evalhubArtifact,
  evalhubArtifactType,
  evaluationCardLayer,
  genericArtifact,
  type Json,
} from "../../support/artifacts.ts";
import { outcomeOf } from "../outcome.ts";

const kind = (artifact: { manifest: Buffer }): string => detectKind(parseManifest(artifact.manifest, undefined)).name;
const card = (manifest: Json): { manifest: Buffer } =>
  artifactOf([{ bytes: Buffer.from("{}"), mediaType: evaluationCardLayer }], manifest);

describe("kindOf", () => {
  it("tells EvalHub's results by their artifact type", () => {
    expect(kind(evalhubArtifact())).toBe("evalhub-results");
  });

  it.each([
    ["without an artifact type", genericArtifact()],
    ["with another artifact type", genericArtifact({}, { artifactType: "application/vnd.acme.evals" })],
    [
      "with EvalHub's artifact type in another case",
      genericArtifact({}, { artifactType: evalhubArtifactType.toUpperCase() }),
    ],
    ["with EvalHub's annotations only", genericArtifact({ "io.github.eval-hub.job_id": "1", evaluation_job_id: "1" })],
  ])("takes an artifact %s for a generic one", (_, artifact) => {
    expect(kind(artifact)).toBe("generic");
  });

  it("tells an evaluation card by its layer", () => {
    expect(kind(card({}))).toBe("evaluation-card");
  });

  it("T01 refuses an evaluation card that calls itself results", async () => {
    expect(await outcomeOf(() => kind(card({ artifactType: evalhubArtifactType })))).toBe("ARTIFACT_INVALID");
  });
});
