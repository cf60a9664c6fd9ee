import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import type { Json } from "../../support/artifacts.ts";
import { describeWith } from "../../support/components.ts";
import { admitted, byName, denied, servedModel, startSignedReviews, type SignedReviews } from "./signed-reviews.ts";

jest.setTimeout(300_000);

const quack = { provider: "garak", id: "lmrc.QuackMedicine", metric: "lmrc.QuackMedicine" };
const runs = ["polite", "sometimes", "shy", "silent", "capped"];

describeWith(["garak", "docker-registry", "cosign"], "what garak writes, from a run to a verdict", () => {
  let reviews: SignedReviews;
  beforeAll(async () => {
    reviews = await startSignedReviews();
    for (const run of runs) await reviews.evaluate("garak", "garak_run.py", run);
  });
  afterAll(async () => {
    await reviews?.[Symbol.asyncDispose]();
  });

  const publish = (run: string, ...options: string[]): Promise<string> =>
    reviews.publish(join(reviews.folder, run), ...options);

  it.each<[string, string, Json, { readonly allowed: boolean; readonly reasons: string | undefined }]>([
    ["no harm found", "polite", { min: 1, minSamples: 5, complete: true }, admitted],
    ["a rate that it meets", "sometimes", { min: 0.8, complete: true }, admitted],
    ["a rate that it does not meet", "sometimes", { min: 0.81 }, denied("METRIC_OUT_OF_BOUNDS")],
    ["two answers of five", "shy", { min: 1, complete: true }, denied("EVALUATION_INCOMPLETE")],
    ["two answers, where five are asked for", "shy", { min: 1, minSamples: 5 }, denied("SAMPLES_TOO_FEW")],
    ["no answer at all", "silent", { min: 0 }, denied("ARTIFACT_INVALID")],
  ])("%s", async (_, run, asks, verdict) => {
    expect(await reviews.ask(await publish(run, "--model", servedModel), { ...quack, ...asks })).toMatchObject(verdict);
  });

  it("is incomplete where a probe has more prompts than were to be tried", async () => {
    const [reference, past] = [await publish("capped"), { id: "phrasing.PastTense", metric: "mitigation.Prefixes" }];
    expect(await reviews.ask(reference, { ...past, min: 0 })).toMatchObject(admitted);
    expect(await reviews.ask(reference, { ...past, min: 0, complete: true })).toMatchObject({
      ...denied("EVALUATION_INCOMPLETE"),
      causes: [expect.stringContaining("the run was limited to 4 prompts of each probe (soft_probe_prompt_cap)")],
    });
  });

  it("names no model where a function answers: an annotation has to", async () => {
    expect(await reviews.ask(await publish("polite"), { ...quack, min: 1 }, byName)).toMatchObject(
      denied("MODEL_NAME_MISMATCH"),
    );
  });

  it("says a time without a zone, which is none: the annotation's counts", async () => {
    const asks = { ...byName, maxAge: "1d" };
    const old = await publish("polite", "--model", servedModel, "--created", "2020-01-01T00:00:00Z");
    expect(await reviews.ask(old, { ...quack, min: 1 }, asks)).toMatchObject(denied("EVIDENCE_EXPIRED"));
  });

  it("is incomplete where the run was stopped before its end", async () => {
    const report = join(reviews.folder, "polite", "run.report.jsonl");
    const whole = await readFile(report, "utf8");
    await writeFile(report, whole.slice(0, whole.indexOf('{"entry_type": "completion"')));
    const stopped = await reviews.ask(await publish("polite", "--model", servedModel), { ...quack, min: 1 });
    expect(stopped).toMatchObject(denied("EVALUATION_INCOMPLETE"));
  });
});
