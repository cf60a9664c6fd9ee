import type { Benchmark, Content, Gap, ResultsArtifact, Samples, StatedBound } from "../artifact.ts";
import { shortenDigest } from "../digest.ts";
import { describeBounds, isProved, type Side } from "../bounds.ts";
import {
  error,
  fail,
  passWith,
  skip,
  type CheckResult,
  type ErrorResult,
  type FailResult,
  type PassResult,
} from "../finding.ts";
import type { NonEmpty } from "../non-empty.ts";
import type { BenchmarkRule } from "../policy.ts";
import { evaluateRegistration, type RegistrationTerms } from "../registrations/evaluate-registration.ts";
import { show, showAll } from "../show.ts";
import type { Check } from "./check.ts";

/**
 * The evaluation's content holds every required benchmark, within its bounds and passed where that is asked. Where a
 * benchmark was run several times, every run counts: a good one does not hide a bad one. A result that states bounds in place of
 * values proves the bounds that follow from them, and no other.
 *
 * Skips when the requirement lists none. Content that could not be read is an error; content that is not there is a failure.
 *
 * Results that a card names and the policy revokes count for nothing, whether or not they were looked at.
 *
 * Reads: `evaluation.content`, `requirement.benchmarks`, `requirement.revoked`; `registrations`, `requirement.signers` and `now` where a
 * rule asks for a registration.
 */
export const benchmarks: Check = {
  id: "benchmarks",
  run({ evaluation: { content }, requirement: { benchmarks: rules, revoked, signers }, registrations, now }) {
    if (rules === undefined) return skip;
    switch (content.kind) {
      case "read":
        return judgeAll(rules, content, { revoked, signers, registrations, now });
      case "none":
        return fail("BENCHMARK_MISSING", {
          expected: showName(rules[0]),
          found: "none",
          message: `the artifact holds no benchmark results${describeFiles(content.files)}`,
          remedy: `Publish the files that the evaluator wrote with assaygate push, which says what it finds in them: the formats are in docs/evaluators.md.`,
        });
      case "refused":
        return fail(content.reason, {
          expected: "readable results",
          found: "unreadable results",
          message: content.message,
        });
      case "unavailable":
        return error(content.reason, {
          expected: "the artifact's results",
          found: "unknown",
          message: content.message,
        });
      case "not-read":
        return error("INTERNAL_ERROR", {
          expected: "the artifact's results",
          found: "not read",
          message: "the artifact's results were not read",
        });
    }
  },
};

/** What runs are judged by besides the rules. */
interface Terms extends RegistrationTerms {
  readonly revoked: ReadonlySet<string>;
}

/** What is disproved stays so, whatever else could not be looked at. */
function judgeAll(
  rules: readonly BenchmarkRule[],
  { benchmarks: results, unread }: Extract<Content, { kind: "read" }>,
  terms: Terms,
): CheckResult | NonEmpty<FailResult> {
  const found = rules.flatMap((rule) => {
    const runs = selectRuns(rule, results);
    return runs.length === 0
      ? [missing(rule, `no result for ${showName(rule)}${listOthers(results)}${describeUnread(unread)}`)]
      : runs.flatMap((run) => judgeRun(rule, run, terms));
  });
  const [first, ...rest] = found.filter((one) => one.outcome === "fail");
  if (first !== undefined) return [first, ...rest];
  const doubt =
    found[0] ?? rules.map((rule) => findDoubt(rule, selectRuns(rule, results))).find((one) => one !== undefined);
  return doubt ?? passOnce(rules, results);
}

/** Both stay as they are for as long as they are remembered, and so does what there is to say of them. */
const passes = new WeakMap<readonly BenchmarkRule[], WeakMap<readonly Benchmark[], PassResult>>();

function passOnce(rules: readonly BenchmarkRule[], results: readonly Benchmark[]): PassResult {
  const ofRules = passes.get(rules) ?? new WeakMap<readonly Benchmark[], PassResult>();
  const result = ofRules.get(results) ?? sayPass(rules, results);
  passes.set(rules, ofRules.set(results, result));
  return result;
}

/** `mmlu acc at least 0.62; garak/toxicity passed`, and `0.642; passed`: each rule once, with all its runs. */
function sayPass(rules: readonly BenchmarkRule[], results: readonly Benchmark[]): PassResult {
  const found = rules.map((rule) =>
    selectRuns(rule, results)
      .map(({ metrics }) => (rule.metric === undefined ? "passed" : String(metrics.get(rule.metric.name))))
      .join(" and "),
  );
  return passWith(rules.map(sayRule).join("; "), found.join("; "));
}

function sayRule(rule: BenchmarkRule): string {
  if (rule.metric === undefined) return `${showName(rule)} passed`;
  const { name, min, max } = rule.metric;
  const bounds = [min === undefined ? [] : `at least ${min}`, max === undefined ? [] : `at most ${max}`].flat();
  return `${showName(rule)} ${show(name)} ${bounds.join(" and ")}`;
}

/** Whether the results hold a run of the benchmark that a rule is about. */
export function hasRun(rule: BenchmarkRule, results: readonly Benchmark[]): boolean {
  return selectRuns(rule, results).length > 0;
}

function selectRuns({ id, provider }: BenchmarkRule, results: readonly Benchmark[]): readonly Benchmark[] {
  const runs = groupById(results).get(id) ?? [];
  return provider === undefined ? runs : runs.filter((one) => one.provider === provider);
}

const grouped = new WeakMap<readonly Benchmark[], ReadonlyMap<string, readonly Benchmark[]>>();

/** Once for results that stay as they are for as long as they are remembered: there may be thousands, and as many rules. */
function groupById(results: readonly Benchmark[]): ReadonlyMap<string, readonly Benchmark[]> {
  const known = grouped.get(results) ?? Map.groupBy(results, ({ id }) => id);
  grouped.set(results, known);
  return known;
}

function describeFiles(files: readonly string[] | undefined): string {
  return files === undefined || files.length === 0 ? "" : `: the gate finds none in ${showAll(files)}`;
}

function listOthers(results: readonly Benchmark[]): string {
  if (results.length === 0) return "";
  return `: the artifact has results for ${showAll([...new Set(results.map(({ provider, id }) => showName({ provider, id })))])}`;
}

function describeUnread([first, ...others]: readonly string[] = []): string {
  if (first === undefined) return "";
  return others.length === 0 ? `; ${first}` : `; ${first}, and ${others.length} more`;
}

/** Whether the results behind a card's row could not be looked at. */
function findDoubt(rule: BenchmarkRule, runs: readonly Benchmark[]): CheckResult | undefined {
  if (!rule.resultsArtifact) return undefined;
  const wanted = { expected: `the results artifact of ${showName(rule)}`, found: "unknown" };
  const states = runs.flatMap(({ resultsArtifact }) => resultsArtifact ?? []);
  if (states.some(({ kind }) => kind === "named"))
    return error("INTERNAL_ERROR", { ...wanted, message: "the results artifact was not read" });
  const unknown = states.find((state) => state.kind === "unavailable");
  return unknown && error(unknown.reason, { ...wanted, message: unknown.message });
}

function judgeRun(rule: BenchmarkRule, run: Benchmark, terms: Terms): (FailResult | ErrorResult)[] {
  return [
    ...judgeVerdict(rule, run.passed),
    ...judgeMetric(rule, run),
    ...judgeSamples(rule, run.samples),
    ...judgeGaps(rule, run.gaps),
    ...judgeResults(rule, run.resultsArtifact),
    ...[evaluateRegistration(showName(rule), rule, run, terms) ?? []].flat(),
    ...judgeRevoked(rule, run, terms.revoked),
  ];
}

function judgeSamples(rule: BenchmarkRule, samples: Samples | undefined): FailResult[] {
  const { minSamples } = rule;
  if (minSamples === undefined || (samples !== undefined && samples.scored >= minSamples)) return [];
  const expected = `at least ${minSamples} samples`;
  const found = samples === undefined ? "unknown" : String(samples.scored);
  const is = samples === undefined ? "does not say over how many samples it is" : `is over ${found} samples`;
  const message = `${showName(rule)} ${is}, but the policy requires ${expected}`;
  return [fail("SAMPLES_TOO_FEW", { expected, found, message })];
}

function judgeGaps(rule: BenchmarkRule, gaps: readonly Gap[] | undefined): FailResult[] {
  if (!rule.complete || gaps?.length === 0) return [];
  const found = gaps?.map(({ message }) => message).join(", ") ?? "unknown";
  const message =
    gaps === undefined
      ? `${showName(rule)} does not say whether any samples were left out, but the policy requires all of them`
      : `${showName(rule)}: ${found}, but the policy requires all samples`;
  return [fail("EVALUATION_INCOMPLETE", { expected: "a complete run", found, message })];
}

function judgeResults(rule: BenchmarkRule, artifact: ResultsArtifact | undefined): FailResult[] {
  if (!rule.resultsArtifact || artifact === undefined) return [];
  if (artifact.kind === "none") return [missing(rule, `the card names no results artifact for ${showName(rule)}`)];
  if (artifact.kind !== "disagrees") return [];
  const expected = `results that bear out ${showName(rule)}`;
  return [fail(artifact.reason, { expected, found: "other results, or none", message: artifact.message })];
}

function judgeRevoked(
  rule: BenchmarkRule,
  { resultsArtifact: named }: Benchmark,
  revoked: ReadonlySet<string>,
): FailResult[] {
  const digest = revoked.size === 0 ? undefined : findNamedDigest(named);
  if (digest === undefined || !revoked.has(digest)) return [];
  // Whoever follows the results says so already.
  if (rule.resultsArtifact && named?.kind === "disagrees") return [];
  const message = `the results of ${showName(rule)}: the policy revokes ${shortenDigest(digest)}`;
  return [fail("EVIDENCE_REVOKED", { expected: "not revoked", found: "revoked", message })];
}

/** The digest by which a card names results: beside the reference, or in it. */
export function findNamedDigest(named: ResultsArtifact | undefined): string | undefined {
  if (named === undefined || named.kind === "none") return undefined;
  const reference = named.kind === "named" ? named.reference : undefined;
  return named.digest ?? /sha256:[0-9a-f]{64}$/.exec(reference ?? "")?.[0];
}

function judgeVerdict(rule: BenchmarkRule, passed: boolean | undefined): FailResult[] {
  if (!rule.passed || passed === true) return [];
  const found = passed === undefined ? "no verdict" : "failed";
  const message =
    passed === undefined
      ? `${showName(rule)} carries no verdict, and an absent verdict is not a pass`
      : `${showName(rule)} did not pass`;
  return [fail("BENCHMARK_FAILED", { expected: "passed", found, message })];
}

function judgeMetric(rule: BenchmarkRule, { metrics, bounds }: Benchmark): FailResult[] {
  if (rule.metric === undefined) return [];
  const { name, min = -Infinity, max = Infinity } = rule.metric;
  const value = metrics.get(name);
  const own = bounds?.filter(({ metric }) => metric === name) ?? [];
  if (value === undefined && own.length > 0) return judgeBounds(rule, rule.metric, own);
  if (value === undefined) {
    const others = metrics.size === 0 ? "it has none" : `it has ${showAll([...metrics.keys()])}`;
    return [missing(rule, `no metric ${show(name)} for ${showName(rule)}: ${others}`)];
  }
  if (value >= min && value <= max) return [];
  const expected = value >= min ? `at most ${max}` : `at least ${min}`;
  return [
    fail("METRIC_OUT_OF_BOUNDS", {
      expected,
      found: String(value),
      message: `${showName(rule)} ${show(name)} is ${value}, but the policy requires ${expected}`,
    }),
  ];
}

/** A stated bound tells no value, so that each bound must follow from one. */
function judgeBounds(
  rule: BenchmarkRule,
  { name, min, max }: NonNullable<BenchmarkRule["metric"]>,
  bounds: readonly StatedBound[],
): FailResult[] {
  const lacks = (side: Side, bound: number | undefined): boolean =>
    bound !== undefined && !isProved(bounds, side, bound);
  const unproved = [
    ...(lacks("min", min) ? [`at least ${min}`] : []),
    ...(lacks("max", max) ? [`at most ${max}`] : []),
  ];
  if (unproved.length === 0) return [];
  const [expected, found] = [unproved.join(" and "), describeBounds(bounds)];
  const stated = found === undefined ? "no bound that it met" : `only ${show(found)}`;
  const message = `the statement gives ${stated} for ${showName(rule)} ${show(name)}, which does not prove ${expected}`;
  return [fail("METRIC_OUT_OF_BOUNDS", { expected, found: found ?? "no bound that it met", message })];
}

function missing(rule: BenchmarkRule, message: string): FailResult {
  return fail("BENCHMARK_MISSING", { expected: showName(rule), found: "none", message });
}

function showName({ provider, id }: Pick<BenchmarkRule, "provider" | "id">): string {
  return provider === undefined ? show(id) : `${show(provider)}/${show(id)}`;
}
