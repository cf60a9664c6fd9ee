import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import type { Json } from "../../support/artifacts.ts";
import { describeWith } from "../../support/components.ts";
import { runEvalplus } from "../../support/evaluators/tools.ts";
import { admitted, startSignedReviews, type SignedReviews } from "./signed-reviews.ts";

jest.setTimeout(240_000);

const ask = (id: string, rule: Json, more: Json = {}): Json => ({
  benchmarks: [{ provider: "evalplus", id, metric: "pass@1", ...rule }],
  ...more,
});

describeWith(
  ["evalplus", "docker-registry", "cosign"],
  "what the real EvalPlus writes, pushed, signed and reviewed",
  () => {
    let reviews: SignedReviews;
    beforeAll(async () => {
      reviews = await startSignedReviews();
    });
    afterAll(async () => reviews?.[Symbol.asyncDispose]());

    it("is admitted at a bound that it meets, and denied at one that it does not, and where no model is said", async () => {
      const folder = await reviews.newFolder();
      await runEvalplus(folder);
      const reference = await reviews.publishAsDocumented("evalplus", folder);
      expect(await reviews.review(reference, ask("humaneval", { min: 0.66 }))).toMatchObject(admitted);
      expect(await reviews.review(reference, ask("humaneval+", { min: 0.33 }, { maxAge: "1d" }))).toMatchObject({
        allowed: true,
      });
      expect(await reviews.review(reference, ask("humaneval+", { min: 0.66 }))).toMatchObject({
        causes: [expect.stringMatching(/^METRIC_OUT_OF_BOUNDS: .*evalplus\/humaneval\+ pass@1 is 0\.333/)],
      });
      expect(await reviews.review(reference, ask("humaneval", { min: 0, complete: true }))).toMatchObject({
        causes: [expect.stringContaining("EVALUATION_INCOMPLETE: evalplus/humaneval: 3 of 164 tasks")],
      });
      expect(await reviews.review(reference, ask("humaneval", { min: 0, minSamples: 164 }))).toMatchObject({
        causes: [expect.stringContaining("SAMPLES_TOO_FEW: evalplus/humaneval is over 3 samples")],
      });
      expect(
        await reviews.review(
          await reviews.publishAsDocumented("evalplus", folder, "unnamed"),
          ask("humaneval", { min: 0 }),
        ),
      ).toMatchObject({
        causes: [expect.stringContaining("MODEL_NAME_MISMATCH")],
      });
    });

    it("is denied for the extra tests where they did not run", async () => {
      const folder = await reviews.newFolder();
      await runEvalplus(folder, "--base_only");
      const reference = await reviews.publishAsDocumented("evalplus", folder);
      expect(await reviews.review(reference, ask("humaneval", { min: 0.66 }))).toMatchObject({ allowed: true });
      expect(await reviews.review(reference, ask("humaneval+", { min: 0 }))).toMatchObject({
        causes: [expect.stringContaining("BENCHMARK_MISSING")],
      });
    });
  },
);
