import { describe, expect, it } from "@jest/globals";
import type { Content } from "../../policies/artifact.ts";
import { isFailed, type Decision } from "../../policies/decision.ts";
import type { Policy } from "../../policies/policy.ts";
import { asking, aWorkload, decideOn, found, full, references } from "../support/decisions.ts";

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

function expecting(cel: string, spec: Record<string, unknown> = {}): Policy {
  return asking({ expressions: [{ cel, message: "as asked" }] }, spec);
}

function reasonsIn({ findings }: Decision): string[] {
  return [...new Set(findings.filter(isFailed).map(({ reason }) => reason))];
}

/** Rows with nothing odd about them. */
function rows(count: number, id = "b"): Content {
  const benchmarks = Array.from({ length: count }, (_, at) => ({
    provider: undefined,
    id: `${id}${at}`,
    metrics: new Map([["acc", 0.5]]),
    passed: true,
  }));
  return { kind: "read", benchmarks, completedAt: undefined };
}

function annotated(annotations: Record<string, string>): ReturnType<typeof aWorkload> {
  return aWorkload({ metadata: [{ path: "metadata", labels: {}, annotations }] });
}

const numbered = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`a${at}`, "x"]));
/** Reads the time, so that no answer is remembered. */
const pairs = "now > timestamp(0) && evaluation.benchmarks.all(b, evaluation.benchmarks.exists(c, c.id == b.id))";
const each = "now > timestamp(0) && evaluation.benchmarks.all(b, b.passed)";

describe("an expression", () => {
  it.each([
    ["over the evaluation alone reads it once for all reviews", "evaluation.benchmarks.all(b, b.id != '')"],
    [
      "over the time, too, reads each row once for all reviews",
      "evaluation.benchmarks.all(b, b.id != '') && now > timestamp(0)",
    ],
  ])("%s", (_, cel) => {
    const { content, looks } = counted();
    const input = { policies: [expecting(cel)], evidence: [found(1, { content })] };
    const first = decideOn(input).decision;
    const before = looks();
    expect(before).toBeGreaterThan(0);
    expect(decideOn(input).decision).toBe(first);
    expect(looks()).toBe(before);
  });

  it.each<[string, string, Parameters<typeof decideOn>[0]]>([
    ["many rows", pairs, { evidence: [found(1, { content: rows(400) })] }],
    [
      "annotations of the object",
      "workload.annotations.all(a, workload.annotations.all(b, a + b != 'x'))",
      { workload: annotated(numbered(400)) },
    ],
    [
      "a text that is split",
      "workload.annotations['t'].split(',').all(a, workload.annotations['t'].split(',').all(b, a != b + 'x'))",
      { workload: annotated({ t: ",".repeat(1000) }) },
    ],
    [
      "long texts in each other",
      "workload.annotations['t'].contains(workload.annotations['u'])",
      { workload: annotated({ t: "a".repeat(120_000), u: `${"a".repeat(30_000)}b${"a".repeat(30_000)}` }) },
    ],
    [
      "many parts on many rows",
      `now > timestamp(0) && evaluation.benchmarks.all(b, ${Array(100).fill("b.id != 'x'").join(" && ")})`,
      { evidence: [found(1, { content: rows(900) })] },
    ],
    [
      "a list that is searched for each row",
      "now > timestamp(0) && evaluation.benchmarks.all(b, !(b.id in evaluation.complianceTags))",
      {
        evidence: [
          found(1, { content: rows(900), annotations: { "dev.assaygate.compliance.tags": "t,".repeat(900) } }),
        ],
      },
    ],
  ])("that would take too many steps over %s is an error that says so", (_, cel, input) => {
    const decision = decideOn({ policies: [expecting(cel)], ...input });
    expect(reasonsIn(decision)).toEqual(["EXPRESSION_ERROR"]);
    expect(decision.findings.find(isFailed)?.message).toMatch(/takes up to \d+ steps, .* may take 200000/);
  });
});

describe("all expressions of a review together", () => {
  const all = Array.from({ length: 16 }, (_, at) => at + 1);
  const workload = aWorkload({ references: references(...all.map((at) => full(at))) });
  const evidence = all.map((at) => found(at, { content: rows(100) }));

  it("have a limit, which is a failure and not a doubt: whoever adds to a workload cannot choose it", () => {
    const policies = [expecting(pairs, { onUnavailable: "Warn" }), expecting(pairs)];
    const decision = decideOn({ policies, workload, evidence });
    expect(decision.findings.filter(isFailed).map(({ message }) => message)).toContain(
      "as asked: the expressions of a review may take 200000 steps together, which those before it have spent",
    );
    expect(decision).toMatchObject({ decision: "deny", couldNotLook: false });
  });

  it("take few for a text that is searched for another, beside a long one that nobody asks for", () => {
    const shown = annotated({ allowed: "granite-3.1-8b-instruct", last: "x".repeat(20_000) });
    const cel = "workload.annotations['allowed'].contains(evaluation.model.name)";
    expect(decideOn({ policies: [expecting(cel)], workload: shown }).decision).toBe("admit");
  });

  it("are far below it for what real policies ask of many real evaluations", () => {
    const policies = Array.from({ length: 4 }, () => expecting(each));
    const real = all.map((at) => found(at, { content: rows(300) }));
    expect(decideOn({ policies, workload, evidence: real }).decision).toBe("admit");
  });

  it("spend it on the smaller evaluation first, in whatever order they are named", () => {
    const large = all.slice(1).map((at) => found(at, { content: rows(150) }));
    const some = [found(1, { content: rows(20) }), ...large];
    for (const order of [all, all.toReversed()]) {
      const shown = aWorkload({ references: references(...order.map((at) => full(at))) });
      expect(decideOn({ policies: [expecting(pairs)], workload: shown, evidence: some }).decision).toBe("admit");
    }
  });

  it("spend it on what denies first: a policy that only watches takes nothing from it", () => {
    const watching = Array.from({ length: 8 }, () => expecting(pairs, { mode: "Audit" }));
    const one = [found(1, { content: rows(130) })];
    expect(decideOn({ policies: [...watching, expecting(pairs)], evidence: one }).decision).toBe("admit");
  });

  it("come to the same whether an answer is remembered or not", () => {
    const input = {
      policies: Array.from({ length: 4 }, () => expecting(pairs.replace("now > timestamp(0) && ", ""))),
      workload,
      evidence,
    };
    expect(decideOn(input)).toEqual(decideOn(input));
  });
});
