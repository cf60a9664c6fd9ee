import { describe, expect, it } from "@jest/globals";
import type { Content } from "../../../policies/artifact.ts";
import { asking, decideOn } from "../../support/builders/decision.ts";
import { found } from "../../support/builders/evidence.ts";

/** Results that count how often they are looked at. */
function counted(): { readonly content: Content; looks(): number } {
  let looks = 0;
  const row = {
    provider: undefined,
    get id() {
      looks += 1;
      return "mmlu";
    },
    metrics: new Map<string, number>(),
    passed: true,
  };
  return { content: { kind: "read", benchmarks: [row], completedAt: undefined }, looks: () => looks };
}

describe("an expression", () => {
  it.each([
    ["over the evaluation alone is evaluated once for each evaluation", "evaluation.benchmarks.all(b, b.passed)", 0],
    ["over the time, too, is evaluated each time", "evaluation.benchmarks.all(b, b.passed) && now > timestamp(0)", 1],
  ])("%s", (_, cel, again) => {
    const { content, looks } = counted();
    const policies = [asking({ expressions: [{ cel, message: "all passed" }] })];
    const evidence = [found(1, { content })];
    const judge = (): string => decideOn({ policies, evidence }).verdict;
    const first = judge();
    const before = looks();
    expect(before).toBeGreaterThan(0);
    expect(judge()).toBe(first);
    expect(looks() > before ? 1 : 0).toBe(again);
  });
});
