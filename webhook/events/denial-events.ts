import { isFailed, type Decision, type PolicyRecord } from "../../policies/decision.ts";
import type { ReviewResult } from "../admission/gate.ts";
import { composeMessage, selectFindings } from "../admission/message.ts";
import type { ReviewHead } from "../admission/review.ts";
import type { EventDraft, EventObject } from "./event.ts";

/** One denial raises at most so many Events about policies: a workload may have more of them against it. */
const maxPolicies = 4;

/**
 * The Events of one denial: on each policy that denies, where it is an object of the cluster, and on the workload's owner. An
 * object that is not yet there can have none; one that is being updated can. Nothing for what is not a denial, or a dry run.
 *
 * The owner is what the object says it is: whoever wrote a false one has Events of its own namespace to look at.
 */
export function listDenialEvents(
  review: ReviewHead,
  result: ReviewResult,
  findPolicy: (name: string) => EventObject | undefined,
): EventDraft[] {
  const { decision } = result;
  if (decision.verdict !== "deny" || review.dryRun) return [];
  const [headline] = selectFindings(decision).said;
  if (headline === undefined) return [];
  const object = toObject(review);
  const tenant = review.namespace;
  const ofPolicies = listDenying(result).flatMap((policy) => {
    const about = findPolicy(policy);
    const first = decision.findings.filter(isFailed).find((finding) => finding.policy === policy);
    if (about === undefined || first === undefined) return [];
    const note = toNote({ ...decision, findings: [first] });
    return [{ about, related: object, policy, reason: first.reason, action, note, tenant }];
  });
  const about = object ?? toOwner(review);
  if (about === undefined) return ofPolicies.slice(0, maxPolicies);
  const { reason, policy } = headline;
  return [...ofPolicies.slice(0, maxPolicies), { about, policy, reason, action, note: toNote(decision), tenant }];
}

const action = "Deny";

/** The object itself, where it is there already. */
function toObject({ operation, kind, namespace, name, objectUid }: ReviewHead): EventObject | undefined {
  if (operation !== "UPDATE" || name === "") return undefined;
  const apiVersion = kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
  return { apiVersion, kind: kind.kind, namespace, name, uid: objectUid };
}

function toOwner({ owner, namespace }: ReviewHead): EventObject | undefined {
  return owner && { ...owner, namespace };
}

/** Names of the policies that deny. One that only warns, or warns of what cannot be looked at, raises nothing. */
function listDenying({ decision, facts }: ReviewResult): string[] {
  const warnsOnly = ({ name, outcome }: PolicyRecord): boolean =>
    outcome === "error" && facts?.set.policies.find((policy) => policy.name === name)?.onUnavailable === "Warn";
  return decision.policies
    .filter((policy) => policy.mode === "Enforce" && policy.outcome !== "pass" && !warnsOnly(policy))
    .map(({ name }) => name);
}

/** The first line of a denial's message, which stands alone. */
function toNote(decision: Decision): string {
  const [first = ""] = composeMessage(decision).split("\n");
  return first;
}
