import { isFailed, type Decision } from "../../policies/decision.ts";
import type { FailedFinding } from "../../policies/finding.ts";
import { showObject } from "../../webhook/admission/message.ts";
import { respond } from "../../webhook/admission/response.ts";
import type { Paint } from "../paint.ts";
import type { ManifestResult } from "./judge.ts";

const marks = { admit: "✔", warn: "⚠", deny: "✖" } as const;
const verdicts = { admit: "admitted", warn: "admitted with warnings", deny: "denied" } as const;
const colours = { admit: "green", warn: "yellow", deny: "red" } as const;

/**
 * A decision for a person: what the cluster would say, then every finding that failed, then what passed, and then, in `besides`,
 * what else there is to say.
 */
export function toReport(
  { manifest, review, result: { decision } }: ManifestResult,
  paint: Paint,
  explainUrl?: string,
  besides: readonly string[] = [],
): string[] {
  const head = paint(colours[decision.verdict], `${marks[decision.verdict]} ${showObject(decision.object)}`);
  const said = listMessages(review.uid, decision, explainUrl);
  const unsaid = decision.warnings.filter((warning) => !said.some((line) => line.includes(warning)));
  return [
    `${head} ${verdicts[decision.verdict]} (${manifest.file})`,
    ...(decision.basis === "no-policy" && decision.findings.length === 0 ? ["  no policy is about this workload"] : []),
    ...[...said, ...unsaid].map((line) => `  ${line}`),
    ...decision.findings.filter(isFailed).flatMap((finding) => listDetails(finding, decision, paint)),
    ...passes(decision, paint),
    ...besides.map((line) => `  ${line}`),
    "",
  ];
}

/** What kubectl would show: the denial's message, or warnings. */
function listMessages(uid: string, decision: Decision, explainUrl: string | undefined): readonly string[] {
  const { status, warnings = [] } = respond(uid, decision, explainUrl).response;
  return status?.message.split("\n") ?? warnings;
}

/** `3 judged: 1 admitted, 1 admitted with warnings, 1 denied`. */
export function showTotal(judged: readonly ManifestResult[], skipped: number): string {
  const decisions = judged.map(({ result }) => result.decision);
  const count = (wanted: Decision["verdict"]): number => decisions.filter(({ verdict }) => verdict === wanted).length;
  const blind = decisions.filter(({ verdict, couldNotLook }) => verdict === "deny" && couldNotLook).length;
  const parts = [`${count("admit")} admitted`, `${count("warn")} admitted with warnings`, `${count("deny")} denied`];
  const denied = blind === 0 ? "" : ` (${blind} because the gate could not look)`;
  return `${judged.length} judged: ${parts.join(", ")}${denied}${skipped === 0 ? "" : `; ${skipped} skipped`}`;
}

function listDetails(finding: FailedFinding, { policies }: Decision, paint: Paint): string[] {
  const { outcome, reason, message, check, expected, found, evidence, field, model, remedy } = finding;
  const mark = outcome === "fail" ? paint("red", "✖") : paint("yellow", "?");
  const mode = policies.find(({ name }) => name === finding.policy)?.mode ?? "Enforce";
  const facts = Object.entries({ check, model, expected, found, evidence, field, fix: remedy });
  return [
    `  ${mark} ${showPlace(finding)}${reason}: ${message}${mode === "Enforce" ? "" : ` [${mode}]`}`,
    ...facts.flatMap(([name, fact]) =>
      fact === undefined || fact === "" ? [] : [`      ${paint("dim", name.padEnd(8))}  ${fact}`],
    ),
  ];
}

/** One line for each requirement and evaluation that passed something: how many checks, and which evidence. */
function passes({ findings }: Decision, paint: Paint): string[] {
  const passed = findings.filter(({ outcome }) => outcome === "pass");
  const groups = Map.groupBy(passed, (finding) => `${showPlace(finding)} ${finding.model} ${finding.evidence}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const checks = group.length === 1 ? "1 check" : `${group.length} checks`;
    return [
      `  ${paint("green", "✔")} ${showPlace(first)}${checks} passed${first.evidence === undefined ? "" : ` (${first.evidence})`}`,
    ];
  });
}

/** `policy/requirement: `, or nothing where the finding is the gate's own. */
function showPlace({ policy, requirement }: { policy: string; requirement: string }): string {
  if (policy === "") return "";
  return `${policy}${requirement === "" ? "" : `/${requirement}`}: `;
}
