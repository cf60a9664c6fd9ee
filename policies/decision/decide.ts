import { isFailed, type Decision, type PolicyRecord } from "../decision.ts";
import type { EvidenceSet } from "../evidence.ts";
import type { FailedFinding } from "../finding.ts";
import { identifyModels, readEnvironment } from "../identity/identify.ts";
import { listCandidates } from "./candidates.ts";
import { listRegistrations } from "./list-registrations.ts";
import { createNewest } from "./newest/newest.ts";
import { listRivals } from "./newest/rivals.ts";
import { evaluateRequirement, type Outcome, type RequirementResult } from "./evaluate-requirement.ts";
import { findNamespaceUnknown, findTooLarge } from "./gate-findings.ts";
import { recordEvidence } from "./record-evidence.ts";
import { decideUnmatched } from "./unjudged.ts";
import type { Exception, Policy } from "../policy.ts";
import { show } from "../show.ts";
import type { Workload } from "../workload.ts";

/** Everything that a decision depends on. */
export interface DecideInput {
  readonly workload: Workload;
  readonly evidence: EvidenceSet;
  readonly policies: readonly Policy[];
  readonly exceptions: readonly Exception[];
  readonly now: Date;
  readonly settings: DecideSettings;
}

/** What the gate's configuration says of decisions. */
export interface DecideSettings {
  /** What happens to a workload that no policy is about. */
  readonly noMatch: "Admit" | "Deny";
  /** How far ahead an exception may expire and still be honoured. */
  readonly maxExceptionMs: number;
}

/** Workloads that no policy is about are admitted; exceptions last for 30 days at most. */
export const defaultSettings: DecideSettings = { noMatch: "Admit", maxExceptionMs: 30 * 86_400_000 };

/**
 * The decision: a pure function of its arguments, so that a recorded one can be replayed. Every matching policy must hold;
 * admission is what remains when nothing stands against it and something speaks for it.
 *
 * @example
 * ```ts
 * import { decide, defaultSettings } from "./policies/decision/decide.ts";
 * import { loadPolicyPaths } from "./webhook/policy-set/policy-folder.ts";
 * import { builtinKinds } from "./workload/kinds/builtin-kinds.ts";
 * import { readWorkload } from "./workload/read.ts";
 *
 * const loaded = loadPolicyPaths(["policies.yaml"]);
 * if (!loaded.ok) throw new Error(loaded.problems[0]?.message);
 * const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "chat" }, spec: { containers: [] } };
 * const about = { group: "", version: "v1", kind: "Pod", namespace: "models", name: "chat" };
 * const workload = readWorkload({ object, ...about, namespaceLabels: {}, kinds: builtinKinds });
 * const { policies, exceptions } = loaded.set;
 * const settings = defaultSettings;
 * const { verdict } = decide({ workload, evidence: new Map(), policies, exceptions, now: new Date(), settings });
 * ```
 */
export function decide(input: DecideInput): Decision {
  const { workload, policies, evidence, now, settings } = input;
  const judged = policies.flatMap((policy) => judgePolicy(policy, input));
  if (judged.length === 0) {
    const decision = decideUnmatched({ object: workload.object, field: workload.references.field, settings, now });
    return { ...decision, evidence: recordEvidence(evidence) };
  }
  const exceptionsInForce = input.exceptions.filter(
    (exception) => isInForce(exception, now, settings) && exception.covers(workload),
  );
  const blocking = judged.filter(blocks).flatMap(({ findings }) => findings.filter(isFailed));
  const exemption = exceptionsInForce.find(
    (exception) => blocking.length > 0 && blocking.every((finding) => exempts(exception, finding)),
  );
  return conclude(input, judged, exemption);
}

/** The policies that are, or may be, about the workload: those whose evidence has to be collected. */
export function selectPolicies(workload: Workload, policies: readonly Policy[]): Policy[] {
  return policies.filter(({ scope }) => scope.covers(workload) !== "no");
}

interface PolicyResult extends RequirementResult {
  readonly policy: Policy;
}

/** Nothing when the policy is not about the workload. Its outcome is the worst of its requirements, each for every model. */
function judgePolicy(policy: Policy, { workload, evidence, now }: DecideInput): PolicyResult[] {
  const scope = policy.scope.covers(workload);
  if (scope === "no") return [];
  if (scope === "unknown") return [{ policy, outcome: "error", findings: [findNamespaceUnknown(policy, workload)] }];
  if (workload.tooLarge !== undefined)
    return [{ policy, outcome: "fail", findings: [findTooLarge(policy, workload.tooLarge)] }];
  const candidates = listCandidates(workload, policy, evidence);
  const registrations = listRegistrations(workload, policy, evidence);
  const environment = readEnvironment(workload, policy.sources);
  const rivals = policy.newest ? listRivals(workload, policy, evidence) : undefined;
  const results = identifyModels(workload, policy.sources).flatMap((model) =>
    policy.requirements.map((requirement) => {
      const question = { policy, requirement, model, workload, environment, registrations, now };
      return evaluateRequirement(question, candidates, policy.newest ? createNewest(question, rivals) : undefined);
    }),
  );
  return [{ policy, outcome: worst(results), findings: results.flatMap(({ findings }) => findings) }];
}

function worst(results: readonly RequirementResult[]): Outcome {
  if (results.some(({ outcome }) => outcome === "fail")) return "fail";
  return results.length > 0 && results.every(({ outcome }) => outcome === "pass") ? "pass" : "error";
}

/** What a policy's outcome does, by its mode. */
function toEffect({ policy, outcome }: PolicyResult): Decision["verdict"] {
  if (outcome === "pass" || policy.mode === "Audit") return "admit";
  if (policy.mode === "Warn" || (outcome === "error" && policy.onUnavailable === "Warn")) return "warn";
  return "deny";
}

function blocks(judged: PolicyResult): boolean {
  return toEffect(judged) === "deny";
}

function isInForce({ expiresAt }: Exception, now: Date, { maxExceptionMs }: DecideSettings): boolean {
  const leftMs = expiresAt.getTime() - now.getTime();
  return leftMs > 0 && leftMs <= maxExceptionMs;
}

function exempts({ policies, requirements }: Exception, { policy, requirement }: FailedFinding): boolean {
  return policies.has(policy) && requirements.has(requirement);
}

function conclude(
  { workload, evidence, now }: DecideInput,
  judged: readonly PolicyResult[],
  exemption: Exception | undefined,
): Decision {
  const effects = new Set(judged.map(toEffect));
  const denied = effects.has("deny");
  const verdict = denied && exemption === undefined ? "deny" : denied || effects.has("warn") ? "warn" : "admit";
  const deciding = judged.filter((one) => toEffect(one) === (denied ? "deny" : "warn"));
  return {
    basis: "judged",
    verdict,
    couldNotLook: deciding.length > 0 && deciding.every(({ outcome }) => outcome === "error"),
    object: workload.object,
    findings: judged.toSorted((a, b) => weight(a) - weight(b)).flatMap(({ findings }) => findings),
    policies: judged.map(({ policy: { name, digest, mode }, outcome }): PolicyRecord => ({
      name,
      digest,
      mode,
      outcome,
    })),
    evidence: recordEvidence(evidence),
    exceptions: exemption === undefined ? [] : [exemption.name],
    warnings: listWarnings(workload, exemption),
    time: now,
  };
}

/** Findings of the policies that decide come first: a message has little room. */
function weight(judged: PolicyResult): number {
  const order = { deny: 0, warn: 1, admit: 2 };
  return order[toEffect(judged)] * 2 + (judged.outcome === "error" ? 1 : 0);
}

function listWarnings({ references }: Workload, exemption: Exception | undefined): string[] {
  const ignored = references.entries.flatMap((entry) =>
    entry.kind === "malformed" ? [`ignored in assaygate.dev/evaluation: ${entry.problem}`] : [],
  );
  if (exemption === undefined) return ignored;
  const { name, owner, expiresAt, reason } = exemption;
  return [
    `admitted by exception ${name} of ${show(owner)} until ${expiresAt.toISOString()}: ${show(reason)}`,
    ...ignored,
  ];
}
