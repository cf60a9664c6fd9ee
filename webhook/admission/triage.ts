import type { DecideSettings } from "../../policies/decision/decide.ts";
import { admitWithoutJudging, decideUnmatched } from "../../policies/decision/unjudged.ts";
import type { Decision } from "../../policies/decision.ts";
import type { ObjectIdentity, Workload } from "../../policies/workload.ts";
import type { Devices } from "../../workload/hardware/claims.ts";
import type { Controller } from "../../workload/kinds/judged-owner.ts";
import { type Kind, toKindKey, type KindTable } from "../../workload/kinds/kinds.ts";
import { isDelegated } from "./delegation.ts";
import { denyOperation, denyUnparsed } from "./deny.ts";
import type { ReadingMemory } from "./readings/reading-memory.ts";
import { toIdentity, type Review } from "./review.ts";

/** What is known before anything is asked. */
export interface TriageDependencies {
  readonly kinds: KindTable;
  /** Users whose children are reviewed as what they were made for. */
  readonly controllers: readonly Controller[];
  readonly settings: DecideSettings;
  /** What the configuration says of devices. */
  readonly devices?: Devices;
  /** Without one, every object is read each time. */
  readonly readings?: ReadingMemory | undefined;
  now(): Date;
}

/** An answer that needs no evidence. */
export interface EarlyAnswer {
  readonly decision: Decision;
  /** Whether a workload that no policy is about asks for an accelerator; undefined for every other answer. */
  readonly unjudgedAccelerator?: Workload["hardware"]["accelerator"];
}

/** A review that has to be judged, unless its object says otherwise. */
export interface Judgeable {
  readonly review: Review;
  readonly kind: Kind;
}

/** The answers for which the object is not looked at, in the order of the laws: its operation, its kind, its controller, its size. */
export function triageReview(dependencies: TriageDependencies, review: Review): EarlyAnswer | Judgeable {
  const { kinds, controllers, now } = dependencies;
  if (review.operation !== "CREATE" && review.operation !== "UPDATE") return { decision: denyOperation(review, now()) };
  const kind = kinds.get(toKindKey(review.kind.group, review.kind.kind));
  if (kind === undefined) return { decision: decideUnmatchedObject(dependencies, toIdentity(review), "metadata") };
  if (isDelegated(review, controllers))
    return { decision: admitWithoutJudging(toIdentity(review), "delegated", now()) };
  if (review.tooLarge !== undefined) return { decision: denyUnparsed(review, review.tooLarge, now()) };
  return { review, kind };
}

/** What becomes of an object that no policy is about. */
export function decideUnmatchedObject(
  { settings, now }: TriageDependencies,
  object: ObjectIdentity,
  field: string,
): Decision {
  return decideUnmatched({ object, field, settings, now: now() });
}
