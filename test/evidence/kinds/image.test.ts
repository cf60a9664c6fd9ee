import { describe, it, expect } from "@jest/globals";
import { readArtifact } from "../../../evidence/read-artifact.ts";
import { artifactOf, evalhubLayer, tarLayer, type BuiltArtifact, type Json } from "../../support/artifacts.ts";
import { lmEvalResults } from "../../support/evaluator-files.ts";
import { createMemorySource } from "../../support/memory-source.ts";
import { readBuilt } from "./results/read-files.ts";

const kindOf = async (artifact: BuiltArtifact): Promise<string> =>
  (await readArtifact(createMemorySource(artifact), "quay.io/acme/evals", artifact.digest, AbortSignal.timeout(5000)))
    .artifact.kind;
const withLayer = (manifest: Json = {}): BuiltArtifact =>
  artifactOf([evalhubLayer("results_2026.json", lmEvalResults())], manifest);

describe("an image without a type of its own", () => {
  it("is read as what LMEvalJob pushes", async () => {
    expect(await kindOf(withLayer())).toBe("image");
    expect(await readBuilt(withLayer())).toMatchObject({
      benchmarks: [{ id: "mmlu" }, { id: "gsm8k" }, { id: "both" }],
      stated: { modelName: "acme/granite" },
    });
  });

  it("is none with a type, or with other layers", async () => {
    expect(await kindOf(withLayer({ artifactType: "application/vnd.acme.thing" }))).toBe("generic");
    expect(await kindOf(artifactOf([{ bytes: Buffer.from("{}"), mediaType: "text/plain" }]))).toBe("generic");
  });

  it("holds nothing where its layers name no results, and none is fetched", async () => {
    const layer = { ...tarLayer("", [{ name: "results.json", content: Buffer.from("{}") }]), annotations: {} };
    const artifact = artifactOf([layer]);
    const source = createMemorySource(artifact);
    expect(await readBuilt(artifact, source)).toEqual({ kind: "none" });
    expect(source.requests).toEqual([`manifest quay.io/acme/evals@${artifact.digest}`]);
  });
});
