import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import type { Json } from "../../support/artifacts.ts";
import { describeWith } from "../../support/components.ts";
import { admitted, byName, denied, servedModel, startSignedReviews, type SignedReviews } from "./signed-reviews.ts";

jest.setTimeout(300_000);

const oddity = { provider: "lm_evaluation_harness", id: "oddity", metric: "acc,none" };

describeWith(
  ["lm-eval", "docker-registry", "cosign"],
  "what lm-evaluation-harness writes, from a run to a verdict",
  () => {
    let reviews: SignedReviews;
    beforeAll(async () => {
      reviews = await startSignedReviews();
      await reviews.evaluate("lm-eval", "lm_eval_runs.py", servedModel);
    });
    afterAll(async () => {
      await reviews?.[Symbol.asyncDispose]();
    });

    const published = new Map<string, Promise<string>>();
    const push = async (run: string, ...options: string[]): Promise<string> => {
      const [inside = ""] = await readdir(join(reviews.folder, run, "out"));
      return reviews.publish(join(reviews.folder, run, "out", inside), ...options);
    };
    /** Once for the same run and options: what a run has written stays as it is. */
    const publish = (...of: Parameters<typeof push>): Promise<string> => {
      const key = JSON.stringify(of);
      const reference = published.get(key) ?? push(...of);
      published.set(key, reference);
      return reference;
    };

    it.each<[string, string, Json, { readonly allowed: boolean; readonly reasons: string | undefined }]>([
      ["a score that it meets, over all samples", "good", { min: 0.65, minSamples: 20, complete: true }, admitted],
      ["a score that it does not meet", "good", { min: 0.66 }, denied("METRIC_OUT_OF_BOUNDS")],
      ["a score that must be lower", "good", { max: 0.5 }, denied("METRIC_OUT_OF_BOUNDS")],
      ["more samples than there are", "good", { min: 0.5, minSamples: 21 }, denied("SAMPLES_TOO_FEW")],
      ["a count, which is no metric", "good", { metric: "sample_len", min: 1 }, denied("BENCHMARK_MISSING")],
      ["an error, which is no metric", "good", { metric: "acc_stderr,none", max: 1 }, denied("BENCHMARK_MISSING")],
      ["a run limited to one sample", "limited", { max: 1, complete: true }, denied("EVALUATION_INCOMPLETE")],
      ["the error of one sample, N/A", "limited", { metric: "acc_stderr,none", max: 1 }, denied("BENCHMARK_MISSING")],
      [
        "a group of which half has the metric",
        "group",
        { id: "numbers", min: 0.65, complete: true },
        denied("EVALUATION_INCOMPLETE"),
      ],
      ["NaN", "nan", { id: "broken", min: 0 }, denied("ARTIFACT_INVALID")],
      ["answers that nobody scored", "predicted", { min: 0 }, denied("ARTIFACT_INVALID")],
    ])("%s", async (_, run, asks, verdict) => {
      expect(await reviews.ask(await publish(run), { ...oddity, ...asks })).toMatchObject(verdict);
    });

    it.each(["unnamed", "path", "adapter", "stand-in"])(
      "names its model, and names none in the run %s",
      async (run) => {
        const asks = { ...oddity, min: 0.5 };
        expect(await reviews.ask(await publish("good"), asks, byName)).toMatchObject(admitted);
        expect(await reviews.ask(await publish(run), asks, byName)).toMatchObject(denied("MODEL_NAME_MISMATCH"));
      },
    );

    it("says where NaN stands", async () => {
      const { message } = await reviews.ask(await publish("nan"), { ...oddity, min: 0 });
      expect(message).toContain("NaN is not a number in JSON: it stands at results.broken.acc,none");
    });

    it("takes the model's name from an annotation where the file has none, and none that contradicts it", async () => {
      const asks = { ...oddity, min: 0.5 };
      expect(await reviews.ask(await publish("unnamed", "--model", servedModel), asks, byName)).toMatchObject(admitted);
      const other = await reviews.ask(await publish("good", "--model", "granite-3.1-8b-instruct"), asks);
      expect(other).toMatchObject(denied("ARTIFACT_INVALID"));
      expect(other.message).toContain(`say ${servedModel}`);
    });

    it("counts the worst of two files that disagree, whichever way is better", async () => {
      const both = join(reviews.folder, "both");
      await cp(join(reviews.folder, "good", "out"), both, { recursive: true });
      await cp(join(reviews.folder, "limited", "out"), both, { recursive: true });
      const reference = await reviews.publish(both);
      expect(await reviews.ask(reference, { ...oddity, min: 0.5 })).toMatchObject(denied("METRIC_OUT_OF_BOUNDS"));
      expect(await reviews.ask(reference, { ...oddity, max: 0.5 })).toMatchObject(denied("METRIC_OUT_OF_BOUNDS"));
      expect(await reviews.ask(reference, { ...oddity, min: 0 })).toMatchObject(admitted);
    });

    it("is as old as its run, whatever the annotation says", async () => {
      const asks = { ...byName, maxAge: "1d" };
      const now = ["--created", new Date().toISOString()];
      expect(await reviews.ask(await publish("good", ...now), { ...oddity, min: 0 }, asks)).toMatchObject(admitted);
      const old = await publish("good", "--created", "2020-01-01T00:00:00Z");
      expect(await reviews.ask(old, { ...oddity, min: 0 }, asks)).toMatchObject(denied("EVIDENCE_EXPIRED"));
    });
  },
);
