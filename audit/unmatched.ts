import type { RunningModel } from "../policies/workload.ts";
import { show } from "../policies/show.ts";
import type { Reading } from "../workload/read.ts";
import { auditCodes, type AuditCode } from "./codes.ts";
import type { AuditedObject, AuditResult, ClusterObject, ObjectDecision } from "./finding.ts";
import { describeOwner } from "./owner.ts";
import type { Kinship } from "./owners.ts";

/** What is found of an object that is outside the gate, or whose owner is. */
export interface UnmatchedNote {
  readonly result: AuditResult;
  readonly code: AuditCode;
  readonly message: string;
  /** Where it is about the owner. */
  readonly about?: AuditedObject;
}

/**
 * What nobody judges: an object that no policy is about, with a word of its own where it asks for an accelerator and runs a model
 * that nobody can name; and an owner of a kind that the gate does not read, whose pods ask for one. `read` reads the object.
 */
export function findUnmatched(
  { namespace, kind }: ClusterObject,
  { decision, workload }: ObjectDecision,
  { owner, isOwnerUnread }: Kinship,
  read: () => Reading | undefined,
): UnmatchedNote[] {
  const isOutside = decision.basis === "no-policy" && decision.findings.length === 0;
  const isOwned = isOwnerUnread && owner !== undefined && !isOfNode(owner.kind);
  if (!isOutside && !isOwned) return [];
  const known = workload ?? read()?.workload;
  const asks = known?.hardware.accelerator === "requested";
  const outside: UnmatchedNote[] = isOutside ? [describeOutside(asks, known?.models ?? [])] : [];
  if (!isOwned || !asks) return outside;
  const message = `its ${kind} asks for an accelerator, and the gate does not read ${show(owner.kind)}: only what it makes is judged`;
  return [...outside, { result: "warn", code: "KIND_NOT_JUDGED", message, about: describeOwner(owner, namespace) }];
}

function describeOutside(asks: boolean, models: readonly RunningModel[]): UnmatchedNote {
  const unknown = asks ? models.find(({ name, digest }) => name === undefined && digest === undefined) : undefined;
  if (unknown === undefined) return { result: "skip", code: "NOT_GOVERNED", message: auditCodes.NOT_GOVERNED.meaning };
  const why = unknown.unreadable ?? `${unknown.field} names a place, and not a model`;
  return { result: "warn", code: "MODEL_UNIDENTIFIED", message: `it asks for an accelerator, and ${why}` };
}

/** Mirror pods are owned by their node. https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/ */
function isOfNode(kind: string): boolean {
  return kind === "Node";
}
