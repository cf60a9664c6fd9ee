import { stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { limits } from "../../../registry/limits.ts";
import type { Json } from "../../support/artifacts.ts";
import { describeWith } from "../../support/components.ts";
import { runGuidellm } from "../../support/evaluators/tools.ts";
import { admitted, servedModel, startSignedReviews, type SignedReviews } from "./signed-reviews.ts";

jest.setTimeout(240_000);

const id = { provider: "guidellm", id: "concurrent@2" };
const ask = (...rules: Json[]): Json => ({ benchmarks: rules.map((rule) => ({ ...id, ...rule })) });
const fast = { metric: "time_to_first_token_ms.p95", max: 60_000 };

describeWith(
  ["guidellm", "docker-registry", "cosign"],
  "what the real GuideLLM writes, pushed, signed and reviewed",
  () => {
    let reviews: SignedReviews;
    beforeAll(async () => {
      reviews = await startSignedReviews();
    });
    afterAll(async () => reviews?.[Symbol.asyncDispose]());

    const run = async (model: string, fails: (request: number) => boolean): Promise<string> => {
      const folder = await reviews.newFolder();
      await runGuidellm(folder, model, fails);
      return reviews.publishAsDocumented("guidellm", folder);
    };

    it("is admitted at a bound that it meets, and denied at one that it does not", async () => {
      const reference = await run(servedModel, () => false);
      const met = ask(fast, { metric: "request_totals.errored", max: 0, minSamples: 10, complete: true });
      expect(await reviews.review(reference, met)).toMatchObject(admitted);
      expect(await reviews.review(reference, ask({ ...fast, max: 0 }))).toMatchObject({
        allowed: false,
        causes: [
          expect.stringMatching(/^METRIC_OUT_OF_BOUNDS: .*guidellm\/concurrent@2 time_to_first_token_ms\.p95 is/),
        ],
      });
      expect(await reviews.review(reference, ask({ ...fast, minSamples: 1000 }))).toMatchObject({
        allowed: false,
        causes: [expect.stringMatching(/^SAMPLES_TOO_FEW: .*guidellm\/concurrent@2 is over 1[0-2] samples/)],
      });
    });

    it("is read where it has more than a thousand requests, each of which is in the file", async () => {
      const folder = await reviews.newFolder();
      await runGuidellm(folder, servedModel, () => false, 1_200);
      expect((await stat(join(folder, "results", "benchmarks.json"))).size).toBeGreaterThan(limits.layerBytes);
      const reference = await reviews.publishAsDocumented("guidellm", folder);
      const met = { ...fast, minSamples: 1_000, complete: true };
      expect(await reviews.review(reference, ask(met))).toMatchObject(admitted);
      expect(await reviews.review(reference, ask({ ...met, max: 0 }))).toMatchObject({ allowed: false });
    });

    it("is denied where every request failed, though each latency is 0.0 in it", async () => {
      const reference = await run(servedModel, () => true);
      const { allowed, causes } = await reviews.review(reference, ask(fast));
      expect({ allowed, causes }).toEqual({ allowed: false, causes: [expect.stringMatching(/^BENCHMARK_/)] });
    });

    it("is denied as incomplete where some did", async () => {
      const reference = await run(servedModel, (request) => request > 10);
      expect(await reviews.review(reference, ask(fast))).toMatchObject({ allowed: true });
      expect(await reviews.review(reference, ask({ ...fast, complete: true }))).toMatchObject({
        allowed: false,
        causes: [expect.stringContaining("EVALUATION_INCOMPLETE: guidellm/concurrent@2: 2 of 12 requests failed")],
      });
    });

    it("is denied where the server served another model", async () => {
      const reference = await run("acme/other", () => false);
      const { causes } = await reviews.review(reference, ask(fast));
      expect(causes).toEqual([expect.stringContaining("MODEL_NAME_MISMATCH")]);
    });
  },
);
