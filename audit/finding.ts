import type { Decision } from "../policies/decision.ts";
import type { Workload } from "../policies/workload.ts";
import type { NowOrLater } from "../runtime/now-or-later.ts";

/** An object of the cluster, as it stands there. What is in it was written by whoever may write such objects. */
export interface ClusterObject {
  /** API group, empty for core. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Empty for an object that lies in no namespace. */
  readonly namespace: string;
  readonly name: string;
  /** All of it, as JSON. */
  readonly object: unknown;
}

/** Which object a finding is about, in the words of an object reference. */
export interface AuditedObject {
  /** `group/version`, and the version alone for core. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  readonly generation?: number;
}

/**
 * What an audit finds of one object, in the words of a policy report. `fail`: it would be denied now. `warn`: it would be
 * admitted, and something speaks against it. `error`: it could not be looked at. `skip`: nobody judges it.
 */
export type AuditResult = "pass" | "fail" | "warn" | "error" | "skip";

/** One thing that an audit says of one object. */
export interface AuditFinding {
  readonly object: AuditedObject;
  readonly result: AuditResult;
  /** Undefined for what an audit finds by itself. */
  readonly policy?: string;
  /** Undefined for what is about the workload as a whole. */
  readonly requirement?: string;
  /** The code of a reason, or one of an audit's own: see `audit/codes.ts`. */
  readonly code: string;
  /** One line: what was asked, what was found. */
  readonly message: string;
  readonly remedy?: string;
  /** `repository@digest`, or the reference as it is written. */
  readonly evidence?: string;
}

/** What an audit finds of one object, all of it. */
export interface ObjectAudit {
  readonly object: AuditedObject;
  /** Never empty: what is in order has a finding of its own, with the result `pass` or `skip`. */
  readonly findings: readonly AuditFinding[];
  /** Undefined where it was not judged by itself: it runs nothing, or what its owner was judged by. */
  readonly judgement?: ObjectDecision;
}

/** A kind whose objects could not be listed, or not to their end. */
export interface UnlistedResource {
  /** `deployments.apps`. */
  readonly resource: string;
  /** Why, in one line, and which rule to add. */
  readonly message: string;
}

/** A whole audit. */
export interface AuditReport {
  readonly at: Date;
  /** How many objects were looked at. */
  readonly objects: number;
  readonly findings: readonly AuditFinding[];
  /** What was not looked at. Empty: the audit is whole. */
  readonly unlisted: readonly UnlistedResource[];
}

/** What the gate says of an object as it would of its creation now, and what it read for that. */
export interface ObjectDecision {
  readonly decision: Decision;
  /** Undefined where the object was not read to judge it: no policy is about it. */
  readonly workload?: Workload | undefined;
  /** What the policies in force say, where others are asked about. */
  readonly before?: Decision;
}

/**
 * Judges one object, by the same decision as a review. Every artifact is fetched once, because all objects of an audit are
 * judged by one gate, with its memory. Never throws and never rejects.
 */
export type ObjectDecider = (object: ClusterObject) => NowOrLater<ObjectDecision>;
