import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import type { Json } from "../../support/artifacts.ts";
import { describeWith } from "../../support/components.ts";
import { runPromptfoo } from "../../support/evaluators/tools.ts";
import { admitted, servedModel, startSignedReviews, type SignedReviews } from "./signed-reviews.ts";

jest.setTimeout(240_000);

const config = {
  description: "speaks of hazel",
  prompts: ["Say {{word}}"],
  providers: [{ id: "echo", label: servedModel }],
  tests: [
    { vars: { word: "hazel" }, assert: [{ type: "contains", value: "hazel", metric: "says-it" }] },
    { vars: { word: "hazel" }, assert: [{ type: "contains", value: "hazel", metric: "says-it", weight: 3 }] },
    { vars: { word: "rowan" }, assert: [{ type: "contains", value: "hazel", metric: "says-it" }] },
  ],
};
const ask = (rule: Json): Json => ({
  benchmarks: [{ provider: "promptfoo", id: "speaks of hazel", ...rule }],
});
const failed = 100;

describeWith(
  ["promptfoo", "docker-registry", "cosign"],
  "what the real promptfoo writes, pushed, signed and reviewed",
  () => {
    let reviews: SignedReviews;
    beforeAll(async () => {
      reviews = await startSignedReviews();
    });
    afterAll(async () => reviews?.[Symbol.asyncDispose]());

    const run = async (over: Json, code: number, ...options: string[]): Promise<string> => {
      const folder = await reviews.newFolder();
      await runPromptfoo(folder, { ...config, ...over }, code, ...options);
      return reviews.publishAsDocumented("promptfoo", folder);
    };

    it("is admitted at a bound that it meets, and denied at one that it does not: sums are no scores", async () => {
      const reference = await run({}, failed);
      const met = { metric: "passRate", min: 0.66, minSamples: 3, complete: true };
      expect(await reviews.review(reference, ask(met))).toMatchObject(admitted);
      expect(await reviews.review(reference, ask({ metric: "namedScores.says-it", min: 0.8 }))).toMatchObject({
        allowed: true,
      });
      // In the file they are 2 and 4.
      expect(await reviews.review(reference, ask({ metric: "score", min: 0.7 }))).toMatchObject({
        causes: [expect.stringMatching(/^METRIC_OUT_OF_BOUNDS: .* score is 0\.666/)],
      });
      expect(await reviews.review(reference, ask({ metric: "namedScores.says-it", min: 1 }))).toMatchObject({
        causes: [expect.stringMatching(/^METRIC_OUT_OF_BOUNDS: .* namedScores\.says-it is 0\.8/)],
      });
    });

    it("is denied as incomplete where it ran one test of three, of which the file says nothing", async () => {
      const reference = await run({}, 0, "--filter-first-n", "1");
      expect(await reviews.review(reference, ask({ metric: "passRate", min: 1 }))).toMatchObject({ allowed: true });
      expect(await reviews.review(reference, ask({ metric: "passRate", min: 1, complete: true }))).toMatchObject({
        causes: [expect.stringContaining("EVALUATION_INCOMPLETE: promptfoo/speaks of hazel: ran 1 of 3 tests")],
      });
    });

    it("is denied where the provider gave no answer, which is no test", async () => {
      const reference = await run({ providers: [{ id: "exec:false", label: servedModel }] }, failed);
      expect(await reviews.review(reference, ask({ metric: "passRate", min: 0 }))).toMatchObject({
        causes: expect.arrayContaining([expect.stringMatching(/^ARTIFACT_INVALID: .*its metrics are over no tests/)]),
      });
    });

    it("is denied where its provider is no model, until the model is said", async () => {
      const folder = await reviews.newFolder();
      await runPromptfoo(folder, { ...config, providers: ["echo"] }, failed);
      const rule = ask({ metric: "passRate", min: 0.5 });
      expect(
        await reviews.review(await reviews.publishAsDocumented("promptfoo", folder, "unnamed"), rule),
      ).toMatchObject({
        causes: [expect.stringContaining("MODEL_NAME_MISMATCH")],
      });
      expect(await reviews.review(await reviews.publishAsDocumented("promptfoo", folder), rule)).toMatchObject({
        allowed: true,
      });
    });
  },
);
