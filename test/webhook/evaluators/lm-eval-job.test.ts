import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { digestOf, imageManifest, type BuiltArtifact } from "../../support/artifacts.ts";
import { describeWith } from "../../support/components.ts";
import { orasPut } from "../../support/oras.ts";
import { admitted, byName, denied, servedModel, startSignedReviews, type SignedReviews } from "./signed-reviews.ts";

jest.setTimeout(300_000);

const oddity = { provider: "lm_evaluation_harness", id: "oddity", metric: "acc,none" };
const subject = `sha256:${"19660d17".repeat(8)}`;
const components = ["lm-eval", "eval-hub-sdk", "docker-registry", "oras", "cosign"] as const;

describeWith(components, "what TrustyAI's LMEvalJob pushes", () => {
  let reviews: SignedReviews;
  beforeAll(async () => {
    reviews = await startSignedReviews();
    await reviews.evaluate("lm-eval", "lm_eval_runs.py", servedModel);
  });
  afterAll(async () => {
    await reviews?.[Symbol.asyncDispose]();
  });

  /** As the job does: olot packs the folder, and what it made is copied into the registry, byte for byte. */
  const publish = async (run: string, ...about: string[]): Promise<string> => {
    const layout = join(reviews.folder, `layout-${run}-${about.length}`);
    await reviews.runTool("eval-hub-sdk", "lm_eval_job.py", join(reviews.folder, run, "out"), layout, ...about);
    const digest = await orasPut(reviews.registry, "acme/evals", await readLayout(layout));
    const reference = `${reviews.registry.host}/acme/evals@${digest}`;
    await reviews.sign(reference);
    return reference;
  };

  it("is read by the shape of its files: it names its model, and has no annotation", async () => {
    const reference = await publish("good");
    const asks = { ...oddity, min: 0.65, minSamples: 20, complete: true };
    expect(await reviews.ask(reference, asks, byName)).toMatchObject(admitted);
    expect(await reviews.ask(reference, { ...oddity, min: 0.66 })).toMatchObject(denied("METRIC_OUT_OF_BOUNDS"));
  });

  it("is the same with a subject", async () => {
    const reference = await publish("good", subject, "1234");
    expect(await reviews.ask(reference, { ...oddity, min: 0.65 }, byName)).toMatchObject(admitted);
  });

  it("is denied for what the run left out, and for a model that it does not name", async () => {
    const limited = await reviews.ask(await publish("limited"), { ...oddity, max: 1, complete: true });
    expect(limited).toMatchObject(denied("EVALUATION_INCOMPLETE"));
    const unnamed = await reviews.ask(await publish("unnamed"), { ...oddity, min: 0 }, byName);
    expect(unnamed).toMatchObject(denied("MODEL_NAME_MISMATCH"));
    expect(await reviews.ask(await publish("nan"), { ...oddity, min: 0 })).toMatchObject(denied("ARTIFACT_INVALID"));
  });
});

/** The one artifact in an image layout. */
async function readLayout(layout: string): Promise<BuiltArtifact> {
  const folder = join(layout, "blobs", "sha256");
  const bytes = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name))));
  const index = JSON.parse(await readFile(join(layout, "index.json"), "utf8")) as { manifests: [{ digest: string }] };
  const all = new Map(bytes.map((one) => [digestOf(one), one]));
  const [digest, manifest] = [...all].find(([one]) => one === index.manifests[0].digest) ?? [];
  if (digest === undefined || manifest === undefined) throw new Error("the layout holds no manifest");
  all.delete(digest);
  return { digest, manifest, mediaType: imageManifest, blobs: all };
}
