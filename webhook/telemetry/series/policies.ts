import type { PolicySet } from "../../../policies/policy.ts";
import type { Instruments } from "./instruments.ts";

/** What is counted of the policy set in force. */
export interface PolicySeries {
  policiesLoaded(set: PolicySet): void;
  policiesFailed(): void;
}

/** The metrics of the policy set. */
export function createPolicySeries({ counter, gauge }: Instruments): PolicySeries {
  const policies = gauge("policies", "Policies in force.");
  const generation = gauge("policy_set_generation", "How many policy sets were put in force since the start.");
  const info = gauge("policy_set_info", "1, labelled with the digest of the policy set in force.", ["digest"]);
  const loaded = gauge("policy_load_timestamp_seconds", "When the policy set in force was loaded.");
  const failures = counter(
    "policy_load_failures_total",
    "Policy sets that were refused; the last good one stayed in force.",
  );
  return {
    policiesLoaded(set) {
      policies.set(set.policies.length);
      generation.inc();
      info.reset();
      info.set({ digest: set.digest }, 1);
      loaded.setToCurrentTime();
    },
    policiesFailed: () => failures.inc(),
  };
}
