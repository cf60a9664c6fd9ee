import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import type { Json } from "../../support/artifacts.ts";
import { describeWith } from "../../support/components.ts";
import { runLighteval } from "../../support/evaluators/tools.ts";
import { servedModel, startJudge, type Judge } from "./judge.ts";

jest.setTimeout(240_000);

const ask = (rule: Json): Json => ({ benchmarks: [{ provider: "lighteval", id: "quill|0", metric: "em", ...rule }] });

describeWith(
  ["lighteval", "docker-registry", "cosign"],
  "what the real lighteval writes, pushed, signed and reviewed",
  () => {
    let judge: Judge;
    beforeAll(async () => {
      judge = await startJudge();
    });
    afterAll(async () => judge?.[Symbol.asyncDispose]());

    const run = async (model: string, ...limit: string[]): Promise<string> => {
      const folder = await judge.newFolder();
      await runLighteval(folder, model, ...limit);
      return judge.publish("lighteval", folder);
    };

    it("is admitted at a bound that it meets, and denied at one that it does not, and where its samples are to be many", async () => {
      const reference = await run(servedModel);
      expect(await judge.review(reference, ask({ min: 0.4, complete: true }))).toEqual({ allowed: true, causes: [] });
      expect(await judge.review(reference, ask({ min: 0.5 }))).toMatchObject({
        causes: [expect.stringMatching(/^METRIC_OUT_OF_BOUNDS: .*lighteval\/quill\|0 em is 0\.4/)],
      });
      expect(await judge.review(reference, ask({ min: 0.4, minSamples: 1 }))).toMatchObject({
        causes: [
          expect.stringContaining("SAMPLES_TOO_FEW: lighteval/quill|0 does not say over how many samples it is"),
        ],
      });
    });

    it("is denied as incomplete where the run was limited, though its score is better", async () => {
      const reference = await run(servedModel, "2");
      expect(await judge.review(reference, ask({ min: 0.5 }))).toMatchObject({ allowed: true });
      expect(await judge.review(reference, ask({ min: 0.5, complete: true }))).toMatchObject({
        causes: [expect.stringContaining("EVALUATION_INCOMPLETE: lighteval/quill|0: the run was limited to 2 samples")],
      });
    });

    it("is denied where it ran another model", async () => {
      const reference = await run("acme/other");
      expect(await judge.review(reference, ask({ min: 0.4 }))).toMatchObject({
        causes: [expect.stringContaining("MODEL_NAME_MISMATCH")],
      });
    });
  },
);
