import { createServer } from "node:https";
import type { Logger } from "pino";
import { createArtifactStore } from "../evidence/artifact-store.ts";
import { createDiscovery } from "../evidence/discovery.ts";
import { createSignatureStore } from "../evidence/signature/signature-store.ts";
import { createGate } from "./admission/gate.ts";
import { builtinControllers } from "./admission/delegation.ts";
import { builtinKinds } from "../workload/kinds/builtin-kinds.ts";
import { kindKey, mergeKinds } from "../workload/kinds/kinds.ts";
import { createClientNameCheck } from "./server/client-names.ts";
import { configuredNamespaces, type Config } from "../config/config.ts";
import { configuredDevices } from "../config/hardware-config.ts";
import { createHealthServer, createMetricsServer } from "./server/health.ts";
import { createInFlight } from "./server/in-flight.ts";
import { close, listen } from "./server/listen.ts";
import { showProblem } from "../config/load-config.ts";
import type { FollowedPolicies, followPolicies as Follow } from "./policy-set/follow-policies.ts";
import { createGuard } from "./admission/namespace-guard.ts";
import { createClaimResolver } from "./cluster/claims.ts";
import { createConfigMapResolver } from "./cluster/config-maps.ts";
import { watchCluster } from "./cluster/cluster.ts";
import { provideCertificate, type ProvidedCertificate } from "./certificates/provide-certificate.ts";
import { readFolder } from "./policy-set/policy-folder.ts";
import { unreadKinds } from "./policy-set/policy-kinds.ts";
import { createPolicySet, type FileCheck } from "./policy-set/policy-set.ts";
import { unusableSigners } from "./policy-set/policy-signers.ts";
import { createWebhook } from "./server/server.ts";
import { createServingCertificate } from "./certificates/serving-certificate.ts";
import { complaintsAboutCredentials, createSource } from "../config/sources.ts";
import { watchTrust } from "../config/trust-files.ts";
import { collectProcessMetrics, createMetrics } from "./telemetry/metrics.ts";
import { configuredHosts } from "./telemetry/registry-hosts.ts";
import { createPolicyReviewer } from "./admission/validate-policy.ts";

/** A gate that serves. Addresses are those that were bound. */
export interface RunningGate {
  readonly url: string;
  readonly healthUrl: string;
  /** Where /metrics is: the health port, or a port of its own. */
  readonly metricsUrl: string;
  /** PEM of the authority that signed a self-made certificate; undefined when the certificate was given. */
  readonly ca: string | undefined;
  /** Stops as SIGTERM would: not ready at once, taking reviews for `drainMs`, closed when the last one is answered. */
  stop(): Promise<void>;
}

/** The API server keeps idle connections for 90 s; closing earlier than that breaks a review now and then. */
const keepAliveTimeoutMs = 95_000;
/** For the last review to be answered after its deadline, and for probes and scrapes. */
const closingMs = 1_000;

/** Builds a gate from its configuration and starts it. Rejects when it cannot listen or a named file cannot be read. */
export async function startGate(config: Config, log: Logger, environment: NodeJS.ProcessEnv): Promise<RunningGate> {
  const kinds = mergeKinds(builtinKinds, config.kinds);
  const inFlight = createInFlight(config.inFlight);
  const metrics = createMetrics({
    knowsKind: (group, kind) => kinds.has(kindKey(group, kind)),
    inFlight: inFlight.count,
    waiting: inFlight.countWaiting,
    hosts: configuredHosts(config.registries),
  });
  const source = createSource(config, environment, metrics.registryAsked, {
    changed(host, silent) {
      metrics.registrySilent(host, silent);
      if (silent) log.warn({ host }, "a registry gives no answers; it is not asked for some seconds");
      else log.info({ host }, "a registry answers again");
    },
    answeredFromMemory: metrics.registryNotAsked,
  });
  for (const problem of complaintsAboutCredentials(config))
    log.warn({ file: config.credentials.dockerConfigFile, problem }, "credentials that are not used");
  const { cache } = config;
  const store = createArtifactStore(source, { hit: metrics.cacheHit, miss: metrics.cacheMiss }, cache);
  const settings = { noMatch: config.noMatch, maxExceptionMs: config.maxExceptionDays * 86_400_000 };
  const trust = watchTrust(config.signatures);
  const check: FileCheck = (file) => [...unreadKinds(file, kinds), ...unusableSigners(file, trust.current())];
  const { directory, reloadMs } = config.policies;
  const files = directory === undefined ? undefined : () => readFolder(directory);
  const cluster = config.cluster && watchCluster(config.cluster, environment, log, metrics.registry);
  const policies = createPolicySet(
    [files, cluster?.policies].filter((one) => one !== undefined),
    // A folder without policies is a wrong path or an empty mount. A cluster that has none was asked and said so.
    { reloadMs, mayBeEmpty: directory === undefined },
    check,
    {
      loaded(set) {
        metrics.policiesLoaded(set);
        log.info({ policySet: set.digest, policies: set.policies.map(({ name }) => name) }, "policies loaded");
      },
      failed(problems) {
        metrics.policiesFailed();
        log.error({ problems: problems.map(showProblem) }, "policies refused; the last good set stays in force");
      },
    },
  );
  const status =
    cluster &&
    config.cluster &&
    (await followPolicies(cluster, policies, { config: config.cluster, environment, log, settings }));
  const configured = configuredNamespaces(config);
  let draining = false;
  const gate = createGate({
    policies: policies.current,
    namespaceLabels: (name) => configured(name) ?? cluster?.namespaces?.labels(name),
    ...(cluster?.namespaces && { lookUpNamespace: cluster.namespaces.lookUp }),
    store,
    signatures: createSignatureStore(source, trust.current, cache),
    discovery: createDiscovery(source, cache),
    kinds,
    controllers: [...builtinControllers, ...config.controllers],
    devices: configuredDevices(config),
    claims: config.cluster?.claims === true && cluster ? createClaimResolver(cluster.client) : undefined,
    configMaps: config.cluster?.configMaps === true && cluster ? createConfigMapResolver(cluster.client) : undefined,
    settings,
    now: () => new Date(),
    elapsedMs: () => performance.now(),
  });
  const validatePolicy = createPolicyReviewer({
    check,
    others() {
      const read = files?.() ?? [];
      return "problems" in read ? [] : read;
    },
    set: policies.current,
    now: () => new Date(),
    maxExceptionMs: settings.maxExceptionMs,
  });
  const app = createWebhook({
    gate,
    reviewers: { "/validate-policy": validatePolicy, "/guard": createGuard(config.guard) },
    metrics,
    log,
    inFlight,
    checkClient: config.tls?.clientNames && createClientNameCheck(config.tls.clientNames),
    maxBodyBytes: config.maxBodyBytes,
    reviewTimeoutMs: config.reviewTimeoutMs,
    draining: () => draining,
  });
  const verifiesClients = config.tls?.clientCaFile !== undefined;
  const webhook = createServer(
    {
      keepAliveTimeout: keepAliveTimeoutMs,
      headersTimeout: 15_000,
      requestTimeout: 30_000,
      ...(verifiesClients ? { requestCert: true, rejectUnauthorized: true } : {}),
    },
    app,
  );
  const certificate = createServingCertificate({
    apply: (options) => webhook.setSecureContext(options),
    minVersion: config.tls?.minVersion ?? "TLSv1.3",
    verifiesClients,
    observer: {
      installed({ fingerprint, notAfterMs }) {
        metrics.certificateInstalled(notAfterMs);
        log.info({ fingerprint, notAfter: new Date(notAfterMs).toISOString() }, "serving certificate in force");
      },
      refused(problem) {
        metrics.certificateRefused();
        log.error({ problem }, "serving certificate refused; the last good one stays in force");
      },
    },
    nowMs: Date.now,
  });
  let provided: ProvidedCertificate | undefined;
  const health = createHealthServer({
    notReady: () => [
      ...(draining ? ["shutting down"] : []),
      ...orNone(cluster?.notReady()),
      ...(policies.current() === undefined ? ["no policy set has been loaded yet"] : []),
      ...orNone(certificate.notReady()),
    ],
    details: () => [
      ...(policies.current()?.policies.length === 0
        ? [`no policy is in force: noMatch (${config.noMatch}) decides`]
        : []),
      ...policies.problems().map((problem) => `policy problem: ${showProblem(problem)}`),
      ...orNone(trust.problem()),
      ...(cluster?.details() ?? []),
      ...(status?.details() ?? []),
      ...[...certificate.problems(), ...(provided?.problems() ?? [])].map(
        (problem) => `certificate problem: ${problem}`,
      ),
    ],
    registry: config.metrics === undefined ? metrics.registry : undefined,
  });
  const metricsServer = createMetricsServer(metrics.registry);
  const closeAll = async (): Promise<void> => {
    policies.stop();
    trust.stop();
    await Promise.all([status?.stop(), provided?.stop()]);
    cluster?.stop();
    // Probes and scrapes are answered until the last review is.
    await close(webhook, config.reviewTimeoutMs + closingMs);
    await Promise.all([close(health, closingMs), close(metricsServer, closingMs)]);
    await source.close();
  };
  try {
    provided = await provideCertificate(certificate, config.tls, log, environment);
    const { ca } = provided;
    collectProcessMetrics(metrics);
    const url = `https://${await listen(webhook, config.listen)}`;
    const healthUrl = `http://${await listen(health, config.health)}`;
    const metricsUrl =
      config.metrics === undefined ? healthUrl : `http://${await listen(metricsServer, config.metrics)}`;
    const stop = async (): Promise<void> => {
      draining = true;
      await new Promise((resolve) => setTimeout(resolve, config.drainMs));
      await closeAll();
    };
    return { url, healthUrl, metricsUrl, ca, stop };
  } catch (cause) {
    await closeAll();
    throw cause;
  }
}

/** The library for clusters is large: a gate without one never loads it. */
async function followPolicies(...parts: Parameters<typeof Follow>): Promise<FollowedPolicies> {
  const { followPolicies: follow } = await import("./policy-set/follow-policies.ts");
  return follow(...parts);
}

function orNone(reason: string | undefined): string[] {
  return reason === undefined ? [] : [reason];
}
