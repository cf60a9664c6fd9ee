import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import type { Json } from "../../support/artifacts.ts";
import { describeWith } from "../../support/components.ts";
import { runLighteval } from "../../support/evaluators/tools.ts";
import { admitted, servedModel, startSignedReviews, type SignedReviews } from "./signed-reviews.ts";

jest.setTimeout(240_000);

const ask = (rule: Json): Json => ({ benchmarks: [{ provider: "lighteval", id: "quill|0", metric: "em", ...rule }] });

describeWith(
  ["lighteval", "docker-registry", "cosign"],
  "what the real lighteval writes, pushed, signed and reviewed",
  () => {
    let reviews: SignedReviews;
    beforeAll(async () => {
      reviews = await startSignedReviews();
    });
    afterAll(async () => reviews?.[Symbol.asyncDispose]());

    const run = async (model: string, limit?: string): Promise<string> => {
      const folder = await reviews.newFolder();
      await runLighteval(folder, model, { limit });
      return reviews.publishAsDocumented("lighteval", folder);
    };

    it("is admitted at a bound that it meets, and denied at one that it does not, and where its samples are to be many", async () => {
      const reference = await run(servedModel);
      expect(await reviews.review(reference, ask({ min: 0.4, complete: true }))).toMatchObject(admitted);
      expect(await reviews.review(reference, ask({ min: 0.5 }))).toMatchObject({
        causes: [expect.stringMatching(/^METRIC_OUT_OF_BOUNDS: .*lighteval\/quill\|0 em is 0\.4/)],
      });
      expect(await reviews.review(reference, ask({ min: 0.4, minSamples: 1 }))).toMatchObject({
        causes: [
          expect.stringContaining("SAMPLES_TOO_FEW: lighteval/quill|0 does not say over how many samples it is"),
        ],
      });
    });

    it("is denied as incomplete where the run was limited, though its score is better", async () => {
      const reference = await run(servedModel, "2");
      expect(await reviews.review(reference, ask({ min: 0.5 }))).toMatchObject({ allowed: true });
      expect(await reviews.review(reference, ask({ min: 0.5, complete: true }))).toMatchObject({
        causes: [expect.stringContaining("EVALUATION_INCOMPLETE: lighteval/quill|0: the run was limited to 2 samples")],
      });
    });

    it("has averages, one of which is denied as incomplete where a task lacks one of its metrics", async () => {
      const folder = await reviews.newFolder();
      await runLighteval(folder, servedModel, { tasks: "hedge:oak,hedge:elm" });
      const reference = await reviews.publishAsDocumented("lighteval", folder);
      const complete = { min: 0.4, complete: true };
      expect(await reviews.review(reference, ask({ ...complete, id: "hedge:_average|0" }))).toMatchObject(admitted);
      expect(await reviews.review(reference, ask({ ...complete, id: "all" }))).toMatchObject({
        causes: [expect.stringContaining("EVALUATION_INCOMPLETE: lighteval/all: f1 is over 1 of 2 tasks")],
      });
    });

    it("is denied where it ran another model", async () => {
      const reference = await run("acme/other");
      expect(await reviews.review(reference, ask({ min: 0.4 }))).toMatchObject({
        causes: [expect.stringContaining("MODEL_NAME_MISMATCH")],
      });
    });
  },
);
