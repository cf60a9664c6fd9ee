import type { GateDependencies } from "../admission/gate.ts";
import type { ContinuousAudit } from "../audit/continuous-audit.ts";
import { provideAudit } from "../audit/provide-audit.ts";
import type { Events } from "../events/raise-events.ts";
import { createClusterEvents, reportDenials } from "../events/review-events.ts";
import { createDeadline, type ReviewDeadline } from "../server/deadline.ts";
import type { WebhookDependencies } from "../server/dependencies.ts";
import { observeAudit, observeEvents } from "../telemetry/observers.ts";
import type { PolicyServices } from "./policies.ts";
import type { GateState } from "./state.ts";

/** Undefined where nobody looks again at what runs. */
export function buildAudit(
  { config, metrics, log }: GateState,
  { cluster, set }: PolicyServices,
  gate: Omit<GateDependencies, "readings">,
  events: Events | undefined,
): ContinuousAudit | undefined {
  const begin = (tenant: string): ReviewDeadline => createDeadline("", config.reviewTimeoutMs, { tenant });
  const observer = observeAudit(metrics, log);
  return provideAudit(cluster, config.audit, { gate, set, log, observer, events, begin });
}

/** Undefined where none are raised. */
export function buildEvents(
  { config, metrics, log }: GateState,
  { cluster }: PolicyServices,
): (Events & Pick<WebhookDependencies, "reviewed">) | undefined {
  if (cluster === undefined || config.cluster?.events !== true) return undefined;
  const events = createClusterEvents(cluster, observeEvents(metrics, log));
  return { ...events, reviewed: reportDenials(events, cluster) };
}
