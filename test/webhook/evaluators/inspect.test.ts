import { join } from "node:path";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import type { Json } from "../../support/artifacts.ts";
import { describeWith } from "../../support/components.ts";
import { admitted, byName, denied, servedModel, startSignedReviews, type SignedReviews } from "./signed-reviews.ts";

jest.setTimeout(300_000);

const hedgerow = { provider: "inspect_ai", id: "hedgerow", metric: "includes/accuracy" };

const late = { metric: "late/accuracy", min: 1, complete: true };

describeWith(["inspect-ai", "docker-registry", "cosign"], "what Inspect writes, from a run to a verdict", () => {
  let reviews: SignedReviews;
  beforeAll(async () => {
    reviews = await startSignedReviews();
    await reviews.evaluate("inspect-ai", "inspect_runs.py", servedModel);
  });
  afterAll(async () => {
    await reviews?.[Symbol.asyncDispose]();
  });

  it.each<[string, string, Json, { readonly allowed: boolean; readonly reasons: string | undefined }]>([
    ["a score that it meets, over all samples", "good", { min: 0.75, minSamples: 4, complete: true }, admitted],
    ["the same as JSON", "good-json", { min: 0.75, minSamples: 4, complete: true }, admitted],
    ["a score that it does not meet", "good", { min: 0.76 }, denied("METRIC_OUT_OF_BOUNDS")],
    ["a metric without its score", "good", { metric: "accuracy", min: 0 }, denied("BENCHMARK_MISSING")],
    ["one answer of four, and no error", "failed", { min: 1, complete: true }, denied("EVALUATION_INCOMPLETE")],
    ["one answer of four, where four are asked for", "failed", { min: 1, minSamples: 4 }, denied("SAMPLES_TOO_FEW")],
    ["a limited run", "limited", { min: 1, complete: true }, denied("EVALUATION_INCOMPLETE")],
    [
      "samples that the scorer left out",
      "hesitant",
      { metric: "hesitant/accuracy", min: 1, complete: true },
      denied("EVALUATION_INCOMPLETE"),
    ],
    ["all answers in two epochs", "epochs", { min: 0.75, minSamples: 4, complete: true }, admitted],
    ["two epochs that cannot be read", "epochs-json", { min: 0.75, complete: true }, denied("EVALUATION_INCOMPLETE")],
    ["two epochs, where nobody asks", "epochs-json", { min: 0.75, minSamples: 4 }, admitted],
    ["a scorer that gave nothing in one of two", "epochs-half", late, denied("EVALUATION_INCOMPLETE")],
    ["a scorer that gave NaN in one of two", "epochs-nan", late, denied("EVALUATION_INCOMPLETE")],
    ["a run that ended in an error", "ended-early", { min: 0 }, denied("EVALUATION_INCOMPLETE")],
    ["samples that were declared invalid", "invalidated", { min: 0 }, denied("EVALUATION_INCOMPLETE")],
    ["NaN", "nan", { metric: "undefined/nothing", min: 0 }, denied("ARTIFACT_INVALID")],
  ])("%s", async (_, run, asks, verdict) => {
    const reference = await reviews.publish(join(reviews.folder, run));
    expect(await reviews.ask(reference, { ...hedgerow, ...asks })).toMatchObject(verdict);
  });

  it("names its model", async () => {
    const publish = (run: string): Promise<string> => reviews.publish(join(reviews.folder, run));
    const asks = { ...hedgerow, min: 0 };
    expect(await reviews.ask(await publish("good"), asks, byName)).toMatchObject(admitted);
    expect(await reviews.ask(await publish("unnamed"), asks, byName)).toMatchObject(denied("MODEL_NAME_MISMATCH"));
  });

  it("takes the model with its provider in an annotation, too, and no other", async () => {
    const publish = (name: string): Promise<string> => reviews.publish(join(reviews.folder, "good"), "--model", name);
    const asks = { ...hedgerow, min: 0 };
    expect(await reviews.ask(await publish(`mockllm/${servedModel}`), asks)).toMatchObject(admitted);
    expect(await reviews.ask(await publish("acme/other"), asks)).toMatchObject(denied("ARTIFACT_INVALID"));
  });
});
