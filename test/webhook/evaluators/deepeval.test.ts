import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import type { Json } from "../../support/artifacts.ts";
import { describeWith } from "../../support/components.ts";
import { runDeepeval } from "../../support/evaluators/tools.ts";
import { admitted, startSignedReviews, type SignedReviews } from "./signed-reviews.ts";

jest.setTimeout(240_000);

const ask = (rule: Json): Json => ({ benchmarks: [{ provider: "deepeval", id: "Says Hazel", ...rule }] });
const failed = 1;

describeWith(
  ["deepeval", "docker-registry", "cosign"],
  "what the real DeepEval writes, pushed, signed and reviewed",
  () => {
    let reviews: SignedReviews;
    beforeAll(async () => {
      reviews = await startSignedReviews();
    });
    afterAll(async () => reviews?.[Symbol.asyncDispose]());

    it("is admitted at a bound that it meets, and denied at one that it does not, and where no model is said", async () => {
      const folder = await reviews.newFolder();
      await runDeepeval(folder, ["hazel", "hazel", "hazel", "rowan"], failed);
      const reference = await reviews.publishAsDocumented("deepeval", folder);
      const met = { metric: "passRate", min: 0.75, minSamples: 4, complete: true };
      expect(await reviews.review(reference, ask(met))).toMatchObject(admitted);
      expect(await reviews.review(reference, ask({ metric: "score", min: 0.8 }))).toMatchObject({
        causes: [expect.stringMatching(/^METRIC_OUT_OF_BOUNDS: .*deepeval\/Says Hazel score is 0\.75/)],
      });
      expect(
        await reviews.review(await reviews.publishAsDocumented("deepeval", folder, "unnamed"), ask(met)),
      ).toMatchObject({
        causes: [expect.stringContaining("MODEL_NAME_MISMATCH")],
      });
    });

    it("is denied where its metric raised an error, though the file says that the test case passed", async () => {
      const folder = await reviews.newFolder();
      await runDeepeval(folder, ["hazel", "aspen"], failed);
      const reference = await reviews.publishAsDocumented("deepeval", folder);
      expect(await reviews.review(reference, ask({ metric: "passRate", min: 0.9 }))).toMatchObject({
        causes: [expect.stringMatching(/^METRIC_OUT_OF_BOUNDS: .* passRate is 0\.5/)],
      });
      expect(await reviews.review(reference, ask({ metric: "score", min: 0.9, complete: true }))).toMatchObject({
        causes: [
          expect.stringContaining("EVALUATION_INCOMPLETE: deepeval/Says Hazel: 1 of 2 test cases have no score"),
        ],
      });
    });

    it("is denied where no test case has a score", async () => {
      const folder = await reviews.newFolder();
      await runDeepeval(folder, ["aspen"], failed);
      const reference = await reviews.publishAsDocumented("deepeval", folder);
      expect(await reviews.review(reference, ask({ metric: "passRate", min: 0 }))).toMatchObject({
        causes: [expect.stringMatching(/^ARTIFACT_INVALID: .*its metrics are over no test cases/)],
      });
    });
  },
);
