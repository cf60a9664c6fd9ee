import { hostname } from "node:os";
import type { ReviewResult } from "../admission/gate.ts";
import type { ReviewHead } from "../admission/review.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { listDenialEvents } from "./denial-events.ts";
import type { EventObject } from "./event.ts";
import { createEvents, type EventObserver, type Events } from "./raise-events.ts";
import { createThrottle, type ThrottleLimits } from "./throttle.ts";

/** Enough for a person to see what happens, and little for an API server: what happens again is counted in the same Event. */
const limits: ThrottleLimits = { own: { burst: 10, perSecond: 0.1 }, all: { burst: 50, perSecond: 2 } };

/** Raises Events in a cluster, as the gate. */
export function createClusterEvents({ client }: Pick<Cluster, "client">, observer: EventObserver): Events {
  return createEvents({
    client,
    observer,
    throttle: createThrottle(limits, () => performance.now()),
    controller: "assaygate.dev/gate",
    instance: hostname(),
    now: () => new Date(),
  });
}

/** Raises the Events of each review that is handed over. */
export function reportDenials(
  events: Events,
  { policy }: Pick<Cluster, "policy">,
): (review: ReviewHead, result: ReviewResult) => void {
  const findPolicy = (name: string): EventObject | undefined => {
    const found = policy(name);
    return found && { apiVersion: "assaygate.dev/v1alpha1", kind: found.kind, namespace: "", name, uid: found.uid };
  };
  return (review, result) => {
    for (const draft of listDenialEvents(review, result, findPolicy)) events.raise(draft);
  };
}
