import { findNearMiss, type NearMiss } from "../audit/near-miss.ts";
import type { Decision } from "../policies/decision.ts";
import type { PolicySet } from "../policies/policy.ts";
import type { Workload } from "../policies/workload.ts";
import { createDeadline } from "../webhook/server/deadline.ts";
import type { Gates } from "./open-gate.ts";

interface NearMissOptions {
  readonly set: PolicySet;
  readonly now: Date;
  readonly timeoutMs: number;
}

/** So many denials are looked into in one run: each costs some requests. */
const maxLooked = 100;

/** Looks for evidence that would do, for what is denied; undefined for everything else, and where nobody can look. */
export type NearMissFinder = (decision: Decision, workload: Workload | undefined) => Promise<NearMiss | undefined>;

/** Asks through the memory of these gates, each time inside `timeoutMs`, and of so many denials as one run may ask about. */
export function createNearMissFinder({ parts }: Gates, { set, now, timeoutMs }: NearMissOptions): NearMissFinder {
  let left = maxLooked;
  return async (decision, workload) => {
    if (workload === undefined || decision.verdict !== "deny" || decision.couldNotLook || left === 0) return undefined;
    left -= 1;
    const deadline = createDeadline("", timeoutMs);
    try {
      const denied = { workload, policies: set.policies, settings: parts.settings, now };
      return await findNearMiss(parts, denied, deadline);
    } finally {
      deadline.clear();
    }
  };
}

/** What was found, in lines; none where nothing was. */
export function sayNearMiss(found: NearMiss | undefined): string[] {
  switch (found?.kind) {
    case undefined:
      return [];
    case "found":
      return ["other evidence would do; to use it, annotate:", `  ${found.annotation.key}: ${found.annotation.value}`];
    case "closest":
      return [`closest: ${found.evidence}`, ...found.lacks.map((lack) => `  lacks ${lack}`)];
    case "none":
      return [`no other evidence: ${found.message}`];
  }
}
