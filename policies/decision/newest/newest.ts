import type { Evaluation } from "../../evaluation.ts";
import { toEvidenceKey } from "../../evidence.ts";
import { error, fail, passWith, skip, type CheckResult, type ErrorResult, type FailResult } from "../../finding.ts";
import { show } from "../../show.ts";
import type { RequirementQuestion } from "../place-finding.ts";
import { reportUnknownModel } from "../../identity/unknown-model.ts";
import { reportUnseen, type Rivals } from "./rivals.ts";
import { readRival, readWord, type Word } from "./words.ts";

/** Whether an evaluation is the newest word on every benchmark that a requirement asks for. */
export type NewestCheck = (evaluation: Evaluation) => CheckResult;

/**
 * Judges evaluations of one model for one requirement, where the policy asks for the newest word: of the evaluations that would
 * count for the requirement, none that is newer, and not followed by one that passes, may fail one of its benchmarks. What is not
 * known to be older is newer. Skips where the requirement asks for no benchmark. That the list could not be had, or leaves out an
 * evaluation that refers to the model, is an error.
 */
export function createNewest(question: RequirementQuestion, rivals: Rivals | undefined): NewestCheck {
  const { requirement, model, now } = question;
  if (requirement.benchmarks === undefined) return () => skip;
  const { digest } = model;
  if (digest === undefined) return () => reportUnknownModel(model, "digest");
  if (rivals === undefined) return () => nobodyLooked;
  const counting = rivals.evaluations.flatMap((rival) => readRival(question, rival) ?? []);
  const words = requirement.benchmarks.map((rule) =>
    counting.flatMap((rival) => readWord(question, rule, rival) ?? []),
  );
  return (own) => {
    if (isLeftOut(own, digest, rivals, now)) return leftOut(own);
    const found = words.flatMap((said) => judgeWords(own, said, rivals, now));
    return found.find(({ outcome }) => outcome === "fail") ?? found[0] ?? passWith(expected, sayHeard(words, own));
  };
}

const expected = "no newer evaluation that fails";

const nobodyLooked = error("INTERNAL_ERROR", {
  expected,
  found: "unknown",
  message: "it was not checked whether a newer evaluation fails",
});

/** What stands against an evaluation of what was said of one benchmark, and of what nobody saw. */
function judgeWords(
  own: Evaluation,
  said: readonly Word[],
  { unseen }: Rivals,
  now: Date,
): (FailResult | ErrorResult)[] {
  const others = said.filter(({ evaluation: { digest } }) => digest !== own.digest);
  const passed = others.filter((word) => word.said === "pass").map(({ evaluation }) => readTime(evaluation, now));
  const times = [readTime(own, now), ...passed].filter((time) => time !== undefined);
  // From here on somebody has to fail: before, a newer one has passed.
  const since = times.length === 0 ? undefined : Math.max(...times);
  const isOlder = (time: number | undefined): boolean => time !== undefined && since !== undefined && time < since;
  const against = others.flatMap(({ name, evaluation, said: one }) =>
    one === "pass" || isOlder(readTime(evaluation, now)) ? [] : [toResult(name, evaluation, one)],
  );
  const hidden = unseen.flatMap(({ result, until }) => (isOlder(until?.getTime()) ? [] : [result]));
  return [...against.toSorted((a, b) => (a.message < b.message ? -1 : 1)), ...hidden];
}

/** Milliseconds. A time in the future is none: a clock that cannot be trusted proves nothing. */
function readTime({ createdAt }: Evaluation, now: Date): number | undefined {
  return createdAt === undefined || createdAt > now ? undefined : createdAt.getTime();
}

function toResult(name: string, { createdAt }: Evaluation, said: FailResult | ErrorResult): FailResult | ErrorResult {
  if (said.outcome === "error") return said;
  const facts = { expected, found: name };
  if (said.reason === "EVIDENCE_STANDING_UNKNOWN") {
    const message = `it cannot be told whether a newer evaluation counts: ${show(name)}: ${said.message}`;
    return fail("EVIDENCE_STANDING_UNKNOWN", { ...facts, message });
  }
  const when = createdAt === undefined ? "of no known time" : `of ${createdAt.toISOString()}`;
  return fail("EVIDENCE_SUPERSEDED", {
    ...facts,
    message: `a newer evaluation fails: ${said.message} (${show(name)}, ${when})`,
  });
}

/**
 * An evaluation that refers to the model belongs on the list. Where it is missing, and not among what is known not to be seen,
 * others may be, too.
 */
function isLeftOut(own: Evaluation, model: string, { listed, unseen }: Rivals, now: Date): boolean {
  if (own.subject !== model || listed.has(toEvidenceKey(own.repository, own.digest))) return false;
  const time = readTime(own, now);
  return unseen.every(({ until }) => until !== undefined && time !== undefined && until.getTime() < time);
}

function leftOut({ repository }: Evaluation): ErrorResult {
  const why = `${show(repository)} does not list this evaluation among what refers to the model, so others may be missing, too`;
  return reportUnseen("REGISTRY_UNAVAILABLE", why);
}

function sayHeard(words: readonly (readonly Word[])[], own: Evaluation): string {
  const others = new Set(words.flat().flatMap(({ evaluation: { digest } }) => (digest === own.digest ? [] : [digest])));
  return others.size === 0 ? "no other evaluation" : `${others.size} other evaluations, and none`;
}
