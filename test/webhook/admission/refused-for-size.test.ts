import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { contentLimits } from "../../../evidence/content-budget.ts";
import { limits } from "../../../registry/limits.ts";
import { answer } from "../../golden/answer.ts";
import {
  deployment,
  evalhubEvaluation,
  evaluation,
  golden,
  onlyBenchmarks,
  policy,
  referenceTo,
  repository,
  review,
  strict,
  cardEvaluation,
} from "../../golden/case.ts";
import { cardRow, type BuiltArtifact, type Json } from "../../support/artifacts.ts";
import { attached, bundleOf, seededKey, statementAbout } from "../../support/signatures.ts";

/**
 * Whoever pushes the evidence, or writes the workload, must not be able to choose that the gate could not look: under
 * `onUnavailable: Warn` that would be an admission.
 */
const lenient = { mode: "Enforce", onUnavailable: "Warn" };
const mmlu = onlyBenchmarks({ id: "mmlu", metric: "acc,none", min: 0.1 });

async function statusOf(asks: Json, spec: Json, evidence: readonly BuiltArtifact[]): Promise<Json | undefined> {
  const one = golden("too-large", { evidence, policies: { "policy.yaml": policy(asks, { ...lenient, ...spec }) } });
  const { response } = await answer(one);
  return { allowed: response.allowed, ...(response.status as Json | undefined) };
}

const numbers = Array.from({ length: contentLimits.values }, () => 0);
const named = (count: number): Json => Object.fromEntries(Array.from({ length: count }, (_, at) => [`m${at}`, 0.5]));

describe("evidence that is refused for its size is a denial, whatever a policy makes of what is unavailable", () => {
  it.each<[string, BuiltArtifact, string]>([
    ["values", evalhubEvaluation({ extra: numbers }), `more than ${contentLimits.values} JSON values and keys`],
    [
      "a layer that unpacks to too much",
      evalhubEvaluation({ extra: Array(64).fill("x".repeat(limits.jsonStringBytes)) }),
      "bytes",
    ],
    ["a string", evalhubEvaluation({ extra: "x".repeat(limits.jsonStringBytes + 1) }), "a string of more than"],
    [
      "results",
      evalhubEvaluation({ results: Array(contentLimits.metrics + 1).fill(0) }),
      `more than ${contentLimits.metrics} metrics`,
    ],
    [
      "rows of a card",
      cardEvaluation({ rows: Array.from({ length: limits.benchmarks + 1 }, (_, at) => cardRow({ id: `b${at}` })) }),
      `more than ${limits.benchmarks}`,
    ],
    [
      "metrics of a card",
      cardEvaluation({
        rows: Array.from({ length: 9 }, (_, at) => cardRow({ id: `b${at}`, metrics: named(1000) })),
      }),
      `more than ${contentLimits.metrics} metrics`,
    ],
    [
      "values of a manifest",
      evaluation({}, { extra: Array(limits.jsonValues).fill(0) }),
      `more than ${limits.jsonValues} values and keys`,
    ],
    ["bytes of a manifest", evaluation({ note: "x".repeat(limits.manifestBytes) }), `limit is ${limits.manifestBytes}`],
    ["annotations", evaluation(textsOf(limits.annotations + 1)), `more than ${limits.annotations} entries`],
  ])("%s", async (_, artifact, message) => {
    expect(await statusOf(mmlu, {}, [artifact])).toMatchObject({
      allowed: false,
      code: 403,
      message: expect.stringContaining(message),
    });
  });

  it("signatures, of which there are too many", async () => {
    const good = evaluation();
    const signers = [{ cosign: { publicKey: seededKey(1).pem, transparencyLog: "NotRequired" } }];
    const strangers = Array.from({ length: limits.signatures + 2 }, (_, at) =>
      attached(bundleOf(seededKey(2), statementAbout(good.digest)), good.digest, { annotations: { at: String(at) } }),
    );
    const spec = { evidence: { repositories: [repository], signers } };
    expect(await statusOf(strict, spec, [good, ...strangers])).toMatchObject({
      allowed: false,
      code: 403,
      message: expect.stringContaining("SIGNATURES_TOO_MANY"),
    });
  });

  it("expressions, which would take too many steps", async () => {
    const cel = "workload.annotations.all(a, workload.annotations.all(b, a + b != 'x'))";
    const good = evaluation();
    const metadata = { annotations: textsOf(500) };
    const { response } = await answer(
      golden("too-large", {
        evidence: [good],
        request: review(deployment(referenceTo(good), { metadata })),
        policies: { "policy.yaml": policy({ expressions: [{ cel, message: "no pair" }] }, lenient) },
      }),
    );
    expect(response).toMatchObject({ allowed: false, status: { code: 403 } });
    expect(response.status?.message).toContain("EXPRESSION_ERROR");
  });
});

function textsOf(count: number): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, at) => [`n${at}`, createHash("sha256").update(`${at}`).digest("hex")]),
  );
}
