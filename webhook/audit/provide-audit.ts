import type { Logger } from "pino";
import type { AuditOptions } from "../../audit/audit-objects.ts";
import type { AuditConfig } from "../../config/audit-config.ts";
import { listKeysRead } from "../../policies/decision/read-keys.ts";
import { createGate, type GateDependencies } from "../admission/gate.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { Events } from "../events/raise-events.ts";
import type { LivePolicySet } from "../policy-set/policy-set.ts";
import { startContinuousAudit, type AuditObserver, type ContinuousAudit } from "./continuous-audit.ts";
import { createObjectDecider, type ObjectDeadline } from "./decide-object.ts";

/** What the gate that audits is made of, and whom it tells. */
export interface ProvideAuditOptions {
  /** That of the reviews: what is remembered of evidence is shared. */
  readonly gate: Omit<GateDependencies, "readings">;
  readonly set: LivePolicySet;
  readonly log: Logger;
  readonly observer: AuditObserver;
  readonly events: Events | undefined;
  /** For one object, on behalf of this tenant. */
  begin(tenant: string): ObjectDeadline;
}

/** On whose behalf an audit asks: no namespace is called so. What is shared, it shares with them as one more. */
const tenant = "the audit";

/** Starts to audit. Undefined where the configuration says nothing of it. */
export function provideAudit(
  cluster: Cluster | undefined,
  config: AuditConfig | undefined,
  { gate, set, begin, log, observer, events }: ProvideAuditOptions,
): ContinuousAudit | undefined {
  if (cluster === undefined || config === undefined) return undefined;
  // Each object is looked at once: to remember it would only take the place of those that are reviewed.
  const evaluating = createGate({ ...gate, readings: undefined });
  return startContinuousAudit({
    client: cluster.client,
    config,
    log,
    observer,
    events,
    judge: createObjectDecider(evaluating, () => begin(tenant)),
    kinds: gate.kinds,
    controllers: gate.controllers,
    inForce() {
      const policies = set.current();
      if (policies === undefined || cluster.notReady() !== undefined) return undefined;
      return { keys: listKeysRead(policies), policyTimes: listPolicyTimes(cluster) };
    },
  });
}

function listPolicyTimes({ objects }: Cluster): AuditOptions["policyTimes"] {
  return new Map(
    objects().flatMap(({ kind, name, createdAt }) =>
      kind === "EvaluationPolicy" && createdAt !== undefined ? [[name, createdAt] as const] : [],
    ),
  );
}
