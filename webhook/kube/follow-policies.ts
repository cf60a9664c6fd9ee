import type { Logger } from "pino";
import type { DecideSettings } from "../../policies/decide.ts";
import type { LivePolicySet } from "../policy-set.ts";
import type { Cluster } from "./cluster.ts";
import { createStatusWriter } from "./status.ts";

/** The way between a cluster's policies and the set in force. */
export interface FollowedPolicies {
  /** What is wrong with writing statuses, one line each. */
  details(): readonly string[];
  stop(): void;
}

/** Loads the set anew whenever the cluster's policies change, and writes back what became of each, if `leading` says so. */
export function followPolicies(
  cluster: Cluster,
  policies: LivePolicySet,
  { log, settings, leading }: { readonly log: Logger; readonly settings: DecideSettings; leading(): boolean },
): FollowedPolicies {
  const writer = createStatusWriter({
    client: cluster.client,
    metrics: cluster.metrics,
    log,
    objects: cluster.objects,
    state: () => ({
      set: policies.current(),
      inForce: policies.inForce(),
      problems: policies.problems(),
      now: new Date(),
      maxExceptionMs: settings.maxExceptionMs,
    }),
    leading,
  });
  cluster.onPoliciesChanged(() => {
    policies.refresh();
    writer.refresh();
  });
  return {
    details() {
      const problem = writer.problem();
      return problem === undefined ? [] : [problem];
    },
    stop: writer.stop,
  };
}
