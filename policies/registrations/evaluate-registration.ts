import type { Benchmark, NamedRegistration, Registration, StatedBound, VerifiedSignature } from "../artifact.ts";
import { compareDecimals, parseDecimal, toDecimal } from "../decimal.ts";
import { shortenDigest } from "../digest.ts";
import { error, fail, type ErrorResult, type FailResult } from "../finding.ts";
import type { BenchmarkRule, RequiredSigners } from "../policy.ts";
import { show } from "../show.ts";
import { evaluateSignatures, isEnough } from "../signers/evaluate-signatures.ts";
import { parseRfc3339 } from "../time.ts";
import type { FoundRegistration } from "./found-registration.ts";

/** What registrations are judged by. */
export interface RegistrationTerms {
  readonly registrations: readonly FoundRegistration[];
  /** Who must have signed a registration: those who must have signed the evaluation. */
  readonly signers: RequiredSigners | undefined;
  readonly now: Date;
}

/**
 * Why it is not shown that the bar, by which a run meets a rule, was fixed before the run; undefined where it is shown, or not
 * asked for.
 *
 * The result names a registration by its manifest. That is among the evidence, signed by enough of the policy's signers, each at a
 * time that others than they vouch for, in a second before the one in which the run was. Every bar of the result that the rule rests on is
 * the one that it registers. One registration that fits is enough, whatever else there is. `name` is the benchmark's.
 */
export function evaluateRegistration(
  name: string,
  rule: BenchmarkRule,
  run: Benchmark,
  terms: RegistrationTerms,
): FailResult | ErrorResult | undefined {
  if (!rule.preRegistered) return undefined;
  const { preRegistration: named } = run;
  if (named === undefined)
    return refuse("no registration", `${name} names no registration under which it was run`, notNamed);
  const bars = listBars(rule, run);
  if (bars.length === 0) return refuse("no bar", `${name} states no bar, so none was fixed before the run`);
  const found = terms.registrations.filter(({ registration: { manifest } }) => manifest === named.manifest);
  if (found.length === 0) {
    const message = `${name} was run under the registration ${shortenDigest(named.manifest)}, which is not among the evidence`;
    return refuse("no such registration", message, notThere);
  }
  const results = found.map((one) => evaluateOne({ name, bars, named, terms, one }));
  if (results.includes(undefined)) return undefined;
  return selectClosest(results.filter((result) => result !== undefined));
}

/** The bars that a rule rests on: a verdict rests on all of them. */
function listBars({ passed, metric }: BenchmarkRule, { bounds = [] }: Benchmark): readonly StatedBound[] {
  return bounds.filter((bound) => passed || bound.metric === metric?.name);
}

interface Comparison {
  readonly name: string;
  readonly bars: readonly StatedBound[];
  readonly named: NamedRegistration;
  readonly terms: RegistrationTerms;
  readonly one: FoundRegistration;
}

/** What stands against one registration, and how far it got. */
interface Obstacle {
  readonly step: number;
  readonly result: FailResult | ErrorResult;
}

const steps = [refuseStanding, refuseSigners, refuseBars, refuseDataset, refuseTime] as const;

function evaluateOne(comparison: Comparison): Obstacle | undefined {
  for (const [step, run] of steps.entries()) {
    const result = run(comparison);
    if (result !== undefined) return { step, result };
  }
  return undefined;
}

/** What could not be looked at comes before what was disproved; then the one that got furthest. The order of evidence never shows. */
function selectClosest(obstacles: readonly Obstacle[]): FailResult | ErrorResult | undefined {
  const isError = ({ result }: Obstacle): number => Number(result.outcome === "error");
  const [closest] = obstacles.toSorted(
    (a, b) => isError(b) - isError(a) || b.step - a.step || (a.result.message < b.result.message ? -1 : 1),
  );
  return closest?.result;
}

function refuseStanding({ name, one }: Comparison): FailResult | ErrorResult | undefined {
  return one.standing === undefined ? undefined : restate(name, one, one.standing);
}

function refuseSigners({ name, one, terms: { signers } }: Comparison): FailResult | ErrorResult | undefined {
  if (signers === undefined)
    return refuse(
      "no signers",
      `${describeAnswer(name, one)} counts only by who signed it, and the policy names no signers`,
    );
  const result = evaluateSignatures(signers, one.signatures);
  return result.outcome === "fail" || result.outcome === "error" ? restate(name, one, result) : undefined;
}

function refuseBars({ name, bars, one }: Comparison): FailResult | undefined {
  const other = bars.find((bar) => !isSameBar(bar, one.registration));
  if (other === undefined) return undefined;
  const [stated, registered] = [sayBar(other), sayBar(one.registration)];
  return refuse(registered, `${describeAnswer(name, one)} fixes ${registered}, and the result states ${stated}`);
}

function isSameBar({ metric, comparator, threshold }: StatedBound, registered: Registration): boolean {
  const stated = parseDecimal(threshold);
  return (
    metric === registered.metric &&
    comparator === registered.comparator &&
    stated !== undefined &&
    compareDecimals(stated, toDecimal(registered.threshold)) === 0
  );
}

function sayBar({ metric, comparator, threshold }: StatedBound | Registration): string {
  return `${show(metric)} ${comparator} ${threshold}`;
}

/** Where only one of the two names its data, nothing contradicts. */
function refuseDataset({ name, named: { dataset }, one }: Comparison): FailResult | undefined {
  const registered = one.registration.dataset;
  if (dataset === undefined || registered === undefined || dataset === registered) return undefined;
  const [on, other] = [shortenDigest(registered), shortenDigest(dataset)];
  return refuse(on, `${describeAnswer(name, one)} is about the data set ${on}, and the result about ${other}`);
}

function refuseTime({ name, named, one, terms: { signers, now } }: Comparison): FailResult | undefined {
  const run = parseRfc3339(named.evaluatedAt);
  if (run === undefined || run > now)
    return refuse(named.evaluatedAt, `${name} says that it was run at ${show(named.evaluatedAt)}, which is not past`);
  const verified = one.signatures.kind === "checked" && signers !== undefined ? one.signatures.verified : [];
  const own = verified.filter(({ signer }) => signers?.any.some(({ id }) => id === signer));
  if (
    signers !== undefined &&
    isEnough(
      signers,
      own.filter((signature) => isBefore(signature, run)),
    )
  )
    return undefined;
  const times = own.flatMap(({ witness }) => (witness?.kind === "known" ? [witness.at] : [])).toSorted();
  const [at] = times;
  if (at === undefined)
    return refuse(
      "no time",
      `nobody but its signer says when ${describeAnswer(name, one)} was made: ${sayUnknown(own)}`,
      untimed,
    );
  const when = run.toISOString();
  return refuse(at, `${name} was run at ${when}, and its registration was there at ${at}: not before the run`);
}

/** In whole seconds, as logs have them: two times in the same second are in no order. */
function isBefore({ witness }: VerifiedSignature, run: Date): boolean {
  const at = witness?.kind === "known" ? parseRfc3339(witness.at) : undefined;
  return at !== undefined && Math.floor(at.getTime() / 1000) < Math.floor(run.getTime() / 1000);
}

function sayUnknown(signatures: readonly VerifiedSignature[]): string {
  const [why] = signatures.flatMap(({ witness }) => (witness?.kind === "unknown" ? [witness.message] : []));
  return why ?? "a DSSE envelope that stands alone carries no time";
}

/** By its digest alone: lines are cut, and what is wrong with it comes behind. */
function describeAnswer(name: string, { name: at }: FoundRegistration): string {
  return `the registration of ${name} (${show(shortenDigest(at.slice(at.lastIndexOf("@") + 1)))})`;
}

/** A reason of its own, and what was found in the words of whoever found it. What could not be looked at stays that. */
function restate(name: string, one: FoundRegistration, result: FailResult | ErrorResult): FailResult | ErrorResult {
  const message = `${describeAnswer(name, one)} does not count: ${result.message}`;
  if (result.outcome === "fail") return refuse(result.found, message);
  return error(result.reason, { ...asked, found: "unknown", message });
}

const asked = { expected: "a bar that was fixed before the run" };

function refuse(found: string, message: string, remedy?: string): FailResult {
  return fail("NOT_PRE_REGISTERED", { ...asked, found, message, ...(remedy !== undefined && { remedy }) });
}

const notNamed =
  "Register the bar, evaluate, and publish an in-toto evaluation result that names the registration's manifest (predicate.preRegistration): results in other forms cannot name one.";
const notThere =
  "Publish the signed registration in one of the policy's repositories, and name it in the annotation assaygate.dev/evaluation beside the result.";
const untimed =
  "Sign the registration before the run with an entry in a transparency log or a timestamp, in a Sigstore bundle (cosign attest-blob), and evaluate again. The gate must trust the log or the authority: signatures.trustedRoot.";
