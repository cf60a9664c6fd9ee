import { createServer, type Server as HttpsServer } from "node:https";
import type { Config } from "../../config/config.ts";
import { createWriteSeldom } from "../../runtime/write-seldom.ts";
import type { Gate } from "../admission/gate.ts";
import { createServingCertificate, type ServingCertificate } from "../certificates/serving-certificate.ts";
import { createClientNameCheck } from "../server/client-names.ts";
import { clientTimes } from "../server/client-times.ts";
import type { WebhookDependencies } from "../server/dependencies.ts";
import { createHealthServer, createMetricsServer, type HealthDependencies } from "../server/health.ts";
import { close, listen } from "../server/listen.ts";
import { createWebhook } from "../server/server.ts";
import { observeCertificate } from "../telemetry/observers.ts";
import type { GateState } from "./state.ts";

/** A line a minute of each kind shows that something goes on. */
const seldomMs = 60_000;

/** For the last review to be answered after its deadline, and for probes and scrapes. */
const closingMs = 1_000;

/** The server of reviews. It listens to nothing yet. */
export function buildWebhook(
  state: GateState,
  gate: Gate,
  answering: Pick<WebhookDependencies, "reviewers" | "reviewed">,
): HttpsServer {
  const { config, metrics, log, writeRecord, inFlight } = state;
  const app = createWebhook({
    gate,
    ...answering,
    metrics,
    log,
    writeRecord,
    seldom: createWriteSeldom(seldomMs, () => performance.now()),
    inFlight,
    records: config.records,
    checkClient: config.tls?.clientNames && createClientNameCheck(config.tls.clientNames),
    explainUrl: config.explainUrl,
    maxBodyBytes: config.maxBodyBytes,
    reviewTimeoutMs: config.reviewTimeoutMs,
    draining: () => state.isDraining,
  });
  const clients = verifiesClients(config) ? { requestCert: true, rejectUnauthorized: true } : {};
  return createServer({ ...clientTimes, ...clients }, app);
}

function verifiesClients({ tls }: Config): boolean {
  return tls?.clientCaFile !== undefined;
}

/** What gives the server its certificate. */
export function buildCertificate({ config, log, metrics }: GateState, webhook: HttpsServer): ServingCertificate {
  return createServingCertificate({
    apply: (options) => webhook.setSecureContext(options),
    minVersion: config.tls?.minVersion ?? "TLSv1.3",
    verifiesClients: verifiesClients(config),
    observer: observeCertificate(metrics, log),
    nowMs: Date.now,
  });
}

/** Where a gate is reached: the addresses that were bound. */
export interface GateAddresses {
  readonly url: string;
  readonly healthUrl: string;
  /** Where /metrics is: the health port, or a port of its own. */
  readonly metricsUrl: string;
}

/** What listens. */
export interface Servers extends AsyncDisposable {
  listen(): Promise<GateAddresses>;
}

/** The server of reviews beside those of probes and metrics. Disposing of them waits for the last review. */
export function buildServers(
  { config, metrics }: GateState,
  webhook: HttpsServer,
  health: Pick<HealthDependencies, "notReady" | "details">,
): Servers {
  const registry = config.metrics === undefined ? metrics.registry : undefined;
  const healthServer = createHealthServer({ ...health, registry });
  const metricsServer = createMetricsServer(metrics.registry);
  return {
    async listen() {
      const url = `https://${await listen(webhook, config.listen)}`;
      const healthUrl = `http://${await listen(healthServer, config.health)}`;
      const own = config.metrics && `http://${await listen(metricsServer, config.metrics)}`;
      return { url, healthUrl, metricsUrl: own ?? healthUrl };
    },
    async [Symbol.asyncDispose]() {
      // Probes and scrapes are answered until the last review is.
      await close(webhook, config.reviewTimeoutMs + closingMs);
      await Promise.all([close(healthServer, closingMs), close(metricsServer, closingMs)]);
    },
  };
}
