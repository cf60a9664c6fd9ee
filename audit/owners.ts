import type { ReadKeys } from "../policies/decision/read-keys.ts";
import type { Controller } from "../workload/kinds/judged-owner.ts";
import { toKindKey, type KindTable } from "../workload/kinds/kinds.ts";
import { getMetadata } from "./describe-object.ts";
import type { ClusterObject } from "./finding.ts";
import { findControllerOwner, getOwnerKind, type OwnerReference } from "./owner.ts";
import type { Reading } from "../workload/read.ts";
import { isSameRun, toRunState, type RunState } from "./run-state.ts";

/** How an object stands to the one that it says it was made for. */
export interface Kinship {
  /**
   * `same`: it runs what its owner was judged by. `differs`: it does not. `operated`: it was made for an object of another sort,
   * with which it cannot be compared, by an operator whose children the gate takes for what they were made for. `alone`: it has
   * no owner whose children the gate takes so, or one that is not there.
   */
  readonly relation: "same" | "differs" | "operated" | "alone";
  readonly owner: OwnerReference | undefined;
  /** The gate does not read the owner's kind, so that nobody judges the owner. */
  readonly isOwnerUnread: boolean;
}

/** The objects of an audit that others may have been made for. */
export interface Owners {
  /** Whether it is to be compared with an owner before it is judged. */
  hasOwnerOf(object: ClusterObject): boolean;
  /**
   * Says how an object stands to its owner, and remembers what it runs itself. Owners come before what was made for them. `read`
   * is asked once at most.
   */
  place(object: ClusterObject, read: () => Reading | undefined): Kinship;
}

interface OwnersOptions {
  readonly kinds: KindTable;
  readonly keys: ReadKeys;
  readonly controllers: readonly Controller[];
}

/** Kinds whose pods are copies of their templates. https://kubernetes.io/docs/concepts/workloads/controllers/ */
const copying: ReadonlySet<string> = new Set([
  "Deployment.apps",
  "ReplicaSet.apps",
  "StatefulSet.apps",
  "DaemonSet.apps",
  "ReplicationController",
  "Job.batch",
  "CronJob.batch",
]);

/** Remembers nothing yet. Keeps some hundred bytes of each object that may own others. */
export function createOwners({ kinds, keys, controllers }: OwnersOptions): Owners {
  const delegating = new Set(controllers.map(({ owner }) => owner));
  const known = new Map<string, RunState>();
  const findState = (namespace: string, owner: OwnerReference | undefined): RunState | undefined =>
    owner !== undefined && delegating.has(getOwnerKind(owner))
      ? known.get(toKey(namespace, getOwnerKind(owner), owner))
      : undefined;
  return {
    hasOwnerOf: ({ namespace, object }) => findState(namespace, findControllerOwner(object)) !== undefined,
    place(one, read) {
      const owner = findControllerOwner(one.object);
      const ownerState = findState(one.namespace, owner);
      const ownKind = toKindKey(one.group, one.kind);
      const mayOwn = delegating.has(ownKind);
      const reading = ownerState !== undefined || mayOwn ? read() : undefined;
      const state = reading && toRunState(reading, keys);
      const { uid } = getMetadata(one.object);
      if (mayOwn && state !== undefined && typeof uid === "string")
        known.set(toKey(one.namespace, ownKind, { uid }), state);
      return {
        relation: relate(owner, ownerState, state),
        owner,
        isOwnerUnread: owner !== undefined && !kinds.has(getOwnerKind(owner)),
      };
    },
  };
}

function relate(
  owner: OwnerReference | undefined,
  ownerState: RunState | undefined,
  child: RunState | undefined,
): Kinship["relation"] {
  if (owner === undefined || ownerState === undefined) return "alone";
  if (child !== undefined && isSameRun(ownerState, child)) return "same";
  return copying.has(getOwnerKind(owner)) ? "differs" : "operated";
}

/** An owner lies in the namespace of what was made for it, and is of the kind that the reference says, or it is another one. */
function toKey(namespace: string, kind: string, { uid }: { readonly uid: string }): string {
  return `${namespace}/${kind}/${uid}`;
}
