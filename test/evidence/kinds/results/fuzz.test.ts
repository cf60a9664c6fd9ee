import { describe, it, expect } from "@jest/globals";
import * as fc from "fast-check";
import { contentLimits } from "../../../../evidence/content-budget.ts";
import { readArtifact, readContent } from "../../../../evidence/read-artifact.ts";
import { evalhubArtifact, type Json } from "../../../support/artifacts.ts";
import { garakReport, inspectHeader, lmEvalResults } from "../../../support/evaluator-files.ts";
import { createMemorySource } from "../../../support/memory-source.ts";
import { zipOf } from "../../../support/zip.ts";

const never = new AbortController().signal;

/** Reads a file as the gate does: what it comes to, and that it took no more steps than an artifact may. */
async function read(name: string, content: unknown): Promise<string> {
  const artifact = evalhubArtifact({ [name]: content }, {});
  const source = createMemorySource(artifact);
  const found = await readArtifact(source, "quay.io/acme/evals", artifact.digest, never);
  const { content: results, lasting, spent } = await readContent(source, found, never);
  expect(lasting).toBe(true);
  for (const counted of ["values", "metrics", "lines", "bytes"] as const)
    expect(spent[counted]).toBeLessThanOrEqual(contentLimits[counted] + 1);
  expect(["read", "refused", "none"]).toContain(results.kind);
  return results.kind;
}

/** The value with what stands at one of its places put aside for another. */
function replaceAt(value: unknown, path: readonly number[], other: unknown): unknown {
  const [at, ...rest] = path;
  if (at === undefined || typeof value !== "object" || value === null) return other;
  const entries = Object.entries(value);
  if (entries.length === 0) return other;
  const [key, inner] = entries[at % entries.length] ?? ["", undefined];
  const changed = replaceAt(inner, rest, other);
  if (Array.isArray(value)) return value.map((one: unknown, index) => (String(index) === key ? changed : one));
  return { ...value, [key]: changed };
}

const path = fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 6 });
const odd = fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 1e308, 2 ** 53, "", "NaN", null, [], {}, "../x", true));
const formats: readonly (readonly [string, string, Json])[] = [
  ["lm-evaluation-harness", "results.json", lmEvalResults()],
  ["Inspect", "log.json", inspectHeader()],
];

describe("files of evaluators, changed at random, are read or refused within the budget", () => {
  it.each(formats)("%s", async (_, name, good) => {
    expect(await read(name, good)).toBe("read");
    await fc.assert(
      fc.asyncProperty(path, odd, async (place, other) => {
        await read(name, Buffer.from(JSON.stringify(replaceAt(good, place, other))));
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ["garak", "run.report.jsonl", garakReport()],
    [
      "an archive of Inspect",
      "log.eval",
      zipOf([{ name: "header.json", content: Buffer.from(JSON.stringify(inspectHeader())) }]),
    ],
  ])("%s, byte for byte", async (_, name, good) => {
    expect(await read(name, good)).toBe("read");
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), async (at, byte, end) => {
        const changed = Buffer.from(good);
        changed.writeUInt8(byte, at);
        await read(name, changed);
        await read(name, good.subarray(0, end));
      }),
      { numRuns: 200 },
    );
  });
});
