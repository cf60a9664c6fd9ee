import { setTimeout } from "node:timers/promises";
import type { Config } from "../config/config.ts";
import { createGate } from "./admission/gate.ts";
import type { ContinuousAudit } from "./audit/continuous-audit.ts";
import { buildAudit, buildEvents } from "./build/audit.ts";
import { buildEvidence } from "./build/evidence.ts";
import { buildGateDependencies } from "./build/gate.ts";
import { buildPolicies, buildReviewers } from "./build/policies.ts";
import { listDetails, listNotReady } from "./build/readiness.ts";
import { buildCertificate, buildServers, buildWebhook, type GateAddresses } from "./build/servers.ts";
import { buildState } from "./build/state.ts";
import { provideCertificate } from "./certificates/provide-certificate.ts";
import type { CertificateSource } from "./certificates/source.ts";
import type { Log } from "./telemetry/log.ts";
import { collectProcessMetrics } from "./telemetry/metrics.ts";

/** A gate that serves. */
export interface RunningGate extends GateAddresses {
  /** PEM of the authority that signed a self-made certificate; undefined when the certificate was given. */
  readonly ca: string | undefined;
  /** Stops as SIGTERM would: not ready at once, taking reviews for `drainMs`, closed when the last one is answered. */
  stop(): Promise<void>;
}

/**
 * Builds a gate from its configuration and starts it. Rejects when it cannot listen or a named file cannot be read.
 *
 * @example
 * ```ts
 * import { loadConfig } from "./config/load-config.ts";
 * import { startGate } from "./webhook/serve.ts";
 * import { createLog } from "./webhook/telemetry/log.ts";
 *
 * const gate = await startGate(loadConfig("assaygate.yaml"), createLog("info", process.stdout), process.env);
 * process.once("SIGTERM", () => void gate.stop());
 * ```
 */
export async function startGate(config: Config, log: Log, environment: NodeJS.ProcessEnv): Promise<RunningGate> {
  await using closing = new AsyncDisposableStack();
  const state = buildState(config, log, environment);
  const evidence = closing.use(buildEvidence(state));
  const policies = buildPolicies(state, evidence);
  const answering = buildGateDependencies(state, evidence, policies);
  const gate = createGate(answering);
  const events = buildEvents(state, policies);
  const webhook = buildWebhook(state, gate, { reviewers: buildReviewers(state, policies), reviewed: events?.reviewed });
  const certificate = buildCertificate(state, webhook);
  const sources: CertificateSource[] = [];
  let audit: ContinuousAudit | undefined;
  const notReady = (): string[] => listNotReady(state, policies, certificate);
  const details = (): string[] => [
    ...listDetails(state, evidence, policies, certificate, sources),
    ...(audit?.details() ?? []),
  ];
  const servers = closing.use(buildServers(state, webhook, { notReady, details }));
  // What is closed first comes last: the duties of a leader, then reviews, then what they are answered from.
  closing.use(policies);
  closing.defer(() => events?.stop());
  audit = buildAudit(state, policies, answering, events);
  closing.defer(() => audit?.stop());
  const provided = await provideCertificate(certificate, config.tls, log.logger, environment);
  closing.defer(() => provided.stop());
  sources.push(provided);
  collectProcessMetrics(state.metrics);
  const addresses = await servers.listen();
  const open = closing.move();
  return {
    ...addresses,
    ca: provided.ca,
    async stop() {
      state.isDraining = true;
      await setTimeout(config.drainMs);
      await open.disposeAsync();
    },
  };
}
