import { describe, expect, it } from "@jest/globals";
import type { Json } from "../../../support/artifacts.ts";
import { lmEvalResults } from "../../../support/evaluator-files.ts";
import {
  deepevalFile,
  evalplusFile,
  guidellmFile,
  lightevalFile,
  promptfooFile,
} from "../../../support/evaluators/files.ts";
import { readFiles, readOne } from "./read-files.ts";

const good: Readonly<Record<string, Json>> = {
  lm_evaluation_harness: lmEvalResults(),
  guidellm: guidellmFile(),
  promptfoo: promptfooFile(),
  deepeval: deepevalFile(),
  evalplus: evalplusFile(),
  lighteval: lightevalFile(),
};
const files = Object.entries(good);
const odd = [null, true, "x", -1.5, [], {}, 1e300];
/** Some number in it. */
const firstNumber = /(?<=[:[])-?\d+(?:\.\d+)?(?=[,\]}])/;

describe.each(files)("a file of %s", (provider, file) => {
  const text = JSON.stringify(file);
  const refusal = (message: string): object => ({
    kind: "refused",
    reason: "ARTIFACT_INVALID",
    message: expect.stringMatching(message),
  });

  it("is read as what it is under every other tool's name", async () => {
    for (const name of ["results_2026.json", "benchmarks.json", "test_run_1.json", "samples_eval_results.json"]) {
      const content = await readOne(name, file);
      const providers = content.kind === "read" ? content.benchmarks.map((one) => one.provider) : content;
      expect(new Set(providers as string[])).toEqual(new Set([provider]));
    }
  });

  it.each([0.1, 0.5, 0.9, 0.999])("is refused where it ends after %d of its bytes", async (part) => {
    const cut = Buffer.from(text.slice(0, Math.floor(text.length * part)));
    expect(await readOne("results.json", cut)).toEqual(refusal("not JSON"));
  });

  it("is refused with a key twice", async () => {
    const [key] = Object.keys(file);
    const twice = Buffer.from(`{"${key}":1,${text.slice(1)}`);
    expect(await readOne("results.json", twice)).toEqual(refusal("twice"));
  });

  it("is refused where it is deeper than any file", async () => {
    const deep = Buffer.from(`{"deep":${"[".repeat(100)}${"]".repeat(100)},${text.slice(1)}`);
    expect(await readOne("results.json", deep)).toEqual(refusal("nested|deep"));
  });

  it("never has a number in it that is not finite", async () => {
    for (const huge of ["1e999", "-1e999", "9".repeat(400)]) {
      const content = await readOne("results.json", Buffer.from(text.replace(firstNumber, huge)));
      const values = content.kind === "read" ? content.benchmarks.flatMap(({ metrics }) => [...metrics.values()]) : [];
      expect(values.filter((value) => !Number.isFinite(value))).toEqual([]);
    }
  });

  it("is no admission where any of its fields is of another type: it is read or refused, and nothing is thrown", async () => {
    for (const [at, path] of listPaths(file).entries()) {
      const content = await readOne("results.json", replaceAt(file, path, odd[at % odd.length]));
      expect(["read", "none", "refused"]).toContain(content.kind);
      if (content.kind === "refused") expect(content.reason).toBe("ARTIFACT_INVALID");
    }
  }, 120_000);

  it("is refused as a whole beside a good one of another tool, where it is malformed", async () => {
    const [, other] = files.find(([name]) => name !== provider) ?? [];
    const broken = malformed[provider] ?? {};
    expect(await readFiles({ "a.json": other, "b.json": { ...file, ...broken } })).toEqual(refusal("malformed at"));
  });
});

const malformed: Readonly<Record<string, Json>> = {
  lm_evaluation_harness: { results: 7 },
  guidellm: { benchmarks: [7] },
  promptfoo: { config: 7 },
  deepeval: { metricsScores: 7 },
  evalplus: { eval: { "HumanEval/0": 7 } },
  lighteval: { results: 7 },
};

type Path = readonly (string | number)[];

function listPaths(value: unknown, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [at];
  const inside = Object.entries(value).flatMap(([key, each]) => listPaths(each, [...at, key]));
  return at.length === 0 ? inside : [at, ...inside];
}

function replaceAt(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...(value as Json) };
  return Object.assign(copy, { [key]: replaceAt((value as Json)[key], rest, by) });
}
