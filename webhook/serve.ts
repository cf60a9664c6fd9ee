import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type ServerOptions } from "node:https";
import type { Server } from "node:http";
import type { Logger } from "pino";
import { makeServingCertificate } from "../certs/self-signed.ts";
import { createArtifactStore } from "../evidence/artifact-store.ts";
import { createGate } from "./admission/gate.ts";
import { builtinControllers } from "./admission/delegation.ts";
import { builtinKinds } from "./admission/workload/builtin-kinds.ts";
import { kindKey, mergeKinds } from "./admission/workload/kinds.ts";
import { configuredNamespaces, type Config } from "./config.ts";
import { createHealthServer } from "./health.ts";
import { showProblem } from "./load-config.ts";
import { watchPolicyFolder } from "./policy-folder.ts";
import { unreadKinds } from "./policy-kinds.ts";
import { createWebhook } from "./server.ts";
import { createSource } from "./sources.ts";
import { createMetrics } from "./telemetry/metrics.ts";

/** A gate that serves. Addresses are those that were bound. */
export interface RunningGate {
  readonly url: string;
  readonly healthUrl: string;
  /** PEM of the authority that signed a self-made certificate; undefined when the certificate was given. */
  readonly ca: string | undefined;
  /** Stops as SIGTERM would: not ready at once, answering for `drainMs`, then closed. */
  stop(): Promise<void>;
}

/** The API server keeps idle connections for 90 s; closing earlier than that breaks a review now and then. */
const keepAliveTimeoutMs = 95_000;

/** Builds a gate from its configuration and starts it. Rejects when it cannot listen or a named file cannot be read. */
export async function startGate(config: Config, log: Logger, environment: NodeJS.ProcessEnv): Promise<RunningGate> {
  const kinds = mergeKinds(builtinKinds, config.kinds);
  const metrics = createMetrics((group, kind) => kinds.has(kindKey(group, kind)));
  const source = createSource(config, environment);
  const { cache } = config;
  const store = createArtifactStore(source, { hit: metrics.cacheHit, miss: metrics.cacheMiss }, cache);
  const folder = watchPolicyFolder(
    config.policies.directory,
    config.policies.reloadMs,
    (file) => unreadKinds(file, kinds),
    {
      loaded(set) {
        metrics.policiesLoaded(set.policies.length);
        log.info({ policySet: set.digest, policies: set.policies.map(({ name }) => name) }, "policies loaded");
      },
      failed(problems) {
        metrics.policiesFailed();
        log.error({ problems: problems.map(showProblem) }, "policies refused; the last good set stays in force");
      },
    },
  );
  let draining = false;
  const gate = createGate({
    policies: folder.current,
    namespaceLabels: configuredNamespaces(config),
    store,
    kinds,
    controllers: [...builtinControllers, ...config.controllers],
    settings: { noMatch: config.noMatch, maxExceptionMs: config.maxExceptionDays * 86_400_000 },
    now: () => new Date(),
    elapsedMs: () => performance.now(),
  });
  const app = createWebhook({
    gate,
    metrics,
    log,
    maxBodyBytes: config.maxBodyBytes,
    reviewTimeoutMs: config.reviewTimeoutMs,
    draining: () => draining,
  });
  const { ca, options } = await tlsOptions(config);
  const webhook = createServer(
    { ...options, keepAliveTimeout: keepAliveTimeoutMs, headersTimeout: 15_000, requestTimeout: 30_000 },
    app,
  );
  const health = createHealthServer({
    notReady: () =>
      draining ? "shutting down" : folder.current() === undefined ? "no policy set has been loaded yet" : undefined,
    details: () => folder.problems().map((problem) => `policy problem: ${showProblem(problem)}`),
    registry: metrics.registry,
  });
  const closeAll = async (): Promise<void> => {
    folder.stop();
    await Promise.all([close(webhook), close(health)]);
    await source.close();
  };
  try {
    const url = `https://${await listen(webhook, config.listen)}`;
    const healthUrl = `http://${await listen(health, config.health)}`;
    const stop = async (): Promise<void> => {
      draining = true;
      await new Promise((resolve) => setTimeout(resolve, config.drainMs));
      await closeAll();
    };
    return { url, healthUrl, ca, stop };
  } catch (cause) {
    await closeAll();
    throw cause;
  }
}

async function tlsOptions({ tls }: Config): Promise<{ ca: string | undefined; options: ServerOptions }> {
  if (tls === undefined) {
    const { cert, key, ca } = await makeServingCertificate({ dns: ["localhost"], ip: ["127.0.0.1"] }, new Date());
    return { ca, options: { cert, key, minVersion: "TLSv1.3" } };
  }
  const { certFile, keyFile, clientCaFile, minVersion } = tls;
  const options = { cert: readFileSync(certFile), key: readFileSync(keyFile), minVersion };
  if (clientCaFile === undefined) return { ca: undefined, options };
  return {
    ca: undefined,
    options: { ...options, ca: readFileSync(clientCaFile), requestCert: true, rejectUnauthorized: true },
  };
}

function listen(server: Server, { host, port }: Config["listen"]): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const { address, port: bound, family } = addressOf(server);
      const reachable = address === "0.0.0.0" || address === "::" ? "127.0.0.1" : address;
      resolve(`${family === "IPv6" && reachable.includes(":") ? `[${reachable}]` : reachable}:${bound}`);
    });
  });
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return address;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 2_000).unref();
  });
}
