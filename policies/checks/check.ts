import type { Evaluation } from "../evaluation.ts";
import type { CheckResult, FailResult, ErrorResult } from "../finding.ts";
import type { ModelIdentity } from "../model-identity.ts";
import type { Declaration } from "../identity/declared.ts";
import type { NonEmpty } from "../non-empty.ts";
import type { Requirement } from "../policy.ts";
import type { FoundRegistration } from "../registrations/found-registration.ts";
import type { Workload } from "../workload.ts";

/**
 * One rule that judges one evaluation. It sees no client, no clock, no log and no other evaluation.
 * A check that a requirement does not ask for skips.
 */
export interface Check {
  readonly id: string;
  /** One result; or several, where one rule finds several problems that a person wants to see at once. */
  run(input: CheckInput): CheckResult | NonEmpty<FailResult | ErrorResult>;
}

/** All that a check may read. */
export interface CheckInput {
  readonly evaluation: Evaluation;
  readonly requirement: Requirement;
  readonly model: ModelIdentity;
  readonly workload: Workload;
  readonly environment: Declaration;
  /** What was registered before runs, among the same evidence. No evaluations. */
  readonly registrations: readonly FoundRegistration[];
  readonly now: Date;
}
