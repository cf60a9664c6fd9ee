import { createServer, type Server as HttpsServer } from "node:https";
import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import { type ArtifactCache, createArtifactCache } from "../evidence/artifact-cache.ts";
import { createDiscovery, type Discovery } from "../evidence/discovery.ts";
import { createModelIndexCache, type ModelIndexCache } from "../evidence/model-index/index-cache.ts";
import { createRevocationCache, type RevocationCache } from "../evidence/signature/revocation/revocation-cache.ts";
import { createSignatureCache, type SignatureCache } from "../evidence/signature/signature-cache.ts";
import { createGate, type Gate, type GateDependencies } from "./admission/gate.ts";
import { builtinControllers } from "./admission/delegation.ts";
import { builtinKinds } from "../workload/kinds/builtin-kinds.ts";
import { toKindKey, type KindTable, mergeKinds } from "../workload/kinds/kinds.ts";
import { createClientNameCheck } from "./server/client-names.ts";
import { listConfiguredNamespaces, type Config } from "../config/config.ts";
import { readConfiguredDevices } from "../config/hardware-config.ts";
import { createHealthServer, createMetricsServer, type HealthDependencies } from "./server/health.ts";
import { createDeadline, type ReviewDeadline } from "./server/deadline.ts";
import { createInFlight, type InFlight } from "./server/in-flight.ts";
import { close, listen } from "./server/listen.ts";
import { showProblem } from "../config/load-config.ts";
import { type FollowedPolicies, followPolicies } from "./policy-set/follow-policies.ts";
import { createGuard } from "./admission/namespace-guard.ts";
import { createClaimResolver } from "./cluster/claims.ts";
import { createConfigMapResolver } from "./cluster/config-maps.ts";
import { type Cluster, watchCluster } from "./cluster/cluster.ts";
import type { ContinuousAudit } from "./audit/continuous-audit.ts";
import { provideAudit } from "./audit/provide-audit.ts";
import type { Events } from "./events/raise-events.ts";
import { createClusterEvents, reportDenials } from "./events/review-events.ts";
import { provideCertificate } from "./certificates/provide-certificate.ts";
import type { CertificateSource } from "./certificates/source.ts";
import { readFolder } from "./policy-set/policy-folder.ts";
import { checkKinds } from "./policy-set/policy-kinds.ts";
import { createPolicySet, type FileCheck, type LivePolicySet } from "./policy-set/policy-set.ts";
import { checkSigners } from "./policy-set/policy-signers.ts";
import type { WebhookDependencies } from "./server/dependencies.ts";
import { createWebhook } from "./server/server.ts";
import { createServingCertificate, type ServingCertificate } from "./certificates/serving-certificate.ts";
import { checkCredentials, createSource } from "../config/sources.ts";
import { type LiveTrust, watchTrust } from "../config/trust-files.ts";
import { collectProcessMetrics, createMetrics, type Metrics } from "./telemetry/metrics.ts";
import {
  observeAudit,
  observeCertificate,
  observeEvents,
  observePolicySet,
  observeSilence,
} from "./telemetry/observers.ts";
import { listConfiguredHosts } from "./telemetry/registry-hosts.ts";
import type { DecideSettings } from "../policies/decision/decide.ts";
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

/**
 * Builds a gate from its configuration and starts it. Rejects when it cannot listen or a named file cannot be read.
 *
 * @example
 * ```ts
 * import { pino } from "pino";
 * import { loadConfig } from "./config/load-config.ts";
 * import { startGate } from "./webhook/serve.ts";
 *
 * const gate = await startGate(loadConfig("assaygate.yaml"), pino(), process.env);
 * process.once("SIGTERM", () => void gate.stop());
 * ```
 */
export async function startGate(config: Config, log: Logger, environment: NodeJS.ProcessEnv): Promise<RunningGate> {
  await using closing = new AsyncDisposableStack();
  const state: State = { isDraining: false, config, log, environment, ...buildTelemetry(config) };
  const evidence = closing.use(buildEvidence(state));
  const policies = buildPolicies(state, evidence);
  const answering = assembleGate(state, evidence, policies);
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
  const provided = await provideCertificate(certificate, config.tls, log, environment);
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

/** What every part is built with. */
interface State extends Telemetry {
  isDraining: boolean;
  readonly config: Config;
  readonly log: Logger;
  readonly environment: NodeJS.ProcessEnv;
}

interface Telemetry {
  readonly kinds: KindTable;
  readonly inFlight: InFlight;
  readonly metrics: Metrics;
}

function buildTelemetry(config: Config): Telemetry {
  const kinds = mergeKinds(builtinKinds, config.kinds);
  const inFlight = createInFlight(config.inFlight);
  const metrics = createMetrics({
    knowsKind: (group, kind) => kinds.has(toKindKey(group, kind)),
    inFlight: inFlight.count,
    waiting: inFlight.countWaiting,
    hosts: listConfiguredHosts(config.registries),
  });
  return { kinds, inFlight, metrics };
}

/** What evidence is fetched, remembered and trusted by. */
interface EvidenceParts extends AsyncDisposable {
  readonly trust: LiveTrust;
  readonly store: ArtifactCache;
  readonly signatures: SignatureCache;
  readonly revocations: RevocationCache;
  readonly modelSignatures: SignatureCache;
  readonly modelIndexes: ModelIndexCache;
  readonly discovery: Discovery;
}

function buildEvidence({ config, log, environment, metrics }: State): EvidenceParts {
  const source = createSource(config, environment, metrics.registryAsked, observeSilence(metrics, log));
  for (const problem of checkCredentials(config))
    log.warn({ file: config.credentials.dockerConfigFile, problem }, "credentials that are not used");
  const trust = watchTrust(config.signatures);
  const { cache } = config;
  return {
    trust,
    store: createArtifactCache(source, { hit: metrics.cacheHit, miss: metrics.cacheMiss }, cache),
    signatures: createSignatureCache(source, trust.current, cache),
    revocations: createRevocationCache(source, trust.current, cache),
    modelSignatures: createSignatureCache(source, trust.current, { ...cache, of: "model" }),
    modelIndexes: createModelIndexCache(source, cache),
    discovery: createDiscovery(source, cache),
    async [Symbol.asyncDispose]() {
      trust.stop();
      await source.close();
    },
  };
}

/** The policy set, where it comes from, and what the cluster knows besides. */
interface PolicyParts extends AsyncDisposable {
  readonly set: LivePolicySet;
  readonly cluster: Cluster | undefined;
  /** Undefined where no statuses are written. */
  readonly status: FollowedPolicies | undefined;
  readonly check: FileCheck;
  /** The policy files as they are now; undefined where there are none. */
  readonly files: (() => ReturnType<typeof readFolder>) | undefined;
  readonly settings: DecideSettings;
}

function buildPolicies({ config, log, environment, metrics, kinds }: State, { trust }: EvidenceParts): PolicyParts {
  const settings = { noMatch: config.noMatch, maxExceptionMs: config.maxExceptionDays * 86_400_000 };
  const check: FileCheck = (file) => [...checkKinds(file, kinds), ...checkSigners(file, trust.current())];
  const { directory, reloadMs } = config.policies;
  const files = directory === undefined ? undefined : () => readFolder(directory);
  const cluster = config.cluster && watchCluster(config.cluster, environment, log, metrics.registry);
  const sources = [files, cluster?.policies].filter((one) => one !== undefined);
  // A folder without policies is a wrong path or an empty mount. A cluster that has none was asked and said so.
  const loading = { reloadMs, mayBeEmpty: directory === undefined };
  const set = createPolicySet(sources, loading, check, observePolicySet(metrics, log));
  const status = cluster && config.cluster && followPolicies(cluster, set, { config: config.cluster, log, settings });
  return {
    set,
    cluster,
    status,
    check,
    files,
    settings,
    async [Symbol.asyncDispose]() {
      set.stop();
      await status?.stop();
      cluster?.stop();
    },
  };
}

/** What a gate is made of: that of the reviews, and that of the audit, which share all that is remembered of evidence. */
function assembleGate(
  { config, kinds }: State,
  { trust, store, signatures, revocations, modelSignatures, modelIndexes, discovery }: EvidenceParts,
  { set, cluster, settings }: PolicyParts,
): Omit<GateDependencies, "readings"> {
  const configured = listConfiguredNamespaces(config);
  return {
    policies: set.current,
    namespaceLabels: (name) => configured(name) ?? cluster?.namespaces?.labels(name),
    ...(cluster?.namespaces && { lookUpNamespace: cluster.namespaces.lookUp }),
    store,
    signatures,
    revocations,
    modelSignatures,
    modelIndexes,
    discovery,
    kinds,
    controllers: [...builtinControllers, ...config.controllers],
    devices: readConfiguredDevices(config),
    claims: config.cluster?.claims === true && cluster ? createClaimResolver(cluster.client) : undefined,
    configMaps: config.cluster?.configMaps === true && cluster ? createConfigMapResolver(cluster.client) : undefined,
    settings,
    trustDigest: () => trust.current().digest,
    now: () => new Date(),
    elapsedMs: () => performance.now(),
  };
}

/** Undefined where nobody looks again at what runs. */
function buildAudit(
  { config, metrics, log }: State,
  { cluster, set }: PolicyParts,
  gate: Omit<GateDependencies, "readings">,
  events: Events | undefined,
): ContinuousAudit | undefined {
  const begin = (tenant: string): ReviewDeadline => createDeadline("", config.reviewTimeoutMs, { tenant });
  const observer = observeAudit(metrics, log);
  return provideAudit(cluster, config.audit, { gate, set, log, observer, events, begin });
}

function buildReviewers(
  { config }: State,
  { check, files, set, settings }: PolicyParts,
): WebhookDependencies["reviewers"] {
  const validatePolicy = createPolicyReviewer({
    check,
    others() {
      const read = files?.() ?? [];
      return "problems" in read ? [] : read;
    },
    set: set.current,
    now: () => new Date(),
    maxExceptionMs: settings.maxExceptionMs,
  });
  return { "/validate-policy": validatePolicy, "/guard": createGuard(config.guard) };
}

/** Undefined where none are raised. */
function buildEvents(
  { config, metrics, log }: State,
  { cluster }: PolicyParts,
): (Events & Pick<WebhookDependencies, "reviewed">) | undefined {
  if (cluster === undefined || config.cluster?.events !== true) return undefined;
  const events = createClusterEvents(cluster, observeEvents(metrics, log));
  return { ...events, reviewed: reportDenials(events, cluster) };
}

function buildWebhook(
  state: State,
  gate: Gate,
  answering: Pick<WebhookDependencies, "reviewers" | "reviewed">,
): HttpsServer {
  const { config, metrics, log, inFlight } = state;
  const app = createWebhook({
    gate,
    ...answering,
    metrics,
    log,
    inFlight,
    records: config.records,
    checkClient: config.tls?.clientNames && createClientNameCheck(config.tls.clientNames),
    explainUrl: config.explainUrl,
    maxBodyBytes: config.maxBodyBytes,
    reviewTimeoutMs: config.reviewTimeoutMs,
    draining: () => state.isDraining,
  });
  const clients = verifiesClients(config) ? { requestCert: true, rejectUnauthorized: true } : {};
  const timeouts = { keepAliveTimeout: keepAliveTimeoutMs, headersTimeout: 15_000, requestTimeout: 30_000 };
  return createServer({ ...timeouts, ...clients }, app);
}

function verifiesClients({ tls }: Config): boolean {
  return tls?.clientCaFile !== undefined;
}

function buildCertificate({ config, log, metrics }: State, webhook: HttpsServer): ServingCertificate {
  return createServingCertificate({
    apply: (options) => webhook.setSecureContext(options),
    minVersion: config.tls?.minVersion ?? "TLSv1.3",
    verifiesClients: verifiesClients(config),
    observer: observeCertificate(metrics, log),
    nowMs: Date.now,
  });
}

interface Servers extends AsyncDisposable {
  listen(): Promise<Pick<RunningGate, "url" | "healthUrl" | "metricsUrl">>;
}

function buildServers(
  { config, metrics }: State,
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

/** Why no review can be answered now, one line each. */
function listNotReady({ isDraining }: State, { set, cluster }: PolicyParts, certificate: ServingCertificate): string[] {
  return [
    isDraining ? "shutting down" : undefined,
    cluster?.notReady(),
    set.current() === undefined ? "no policy set has been loaded yet" : undefined,
    certificate.notReady(),
  ].filter((reason) => reason !== undefined);
}

/** What is wrong and keeps no review from being answered, one line each. */
function listDetails(
  { config: { noMatch } }: State,
  { trust }: EvidenceParts,
  { set, cluster, status }: PolicyParts,
  certificate: ServingCertificate,
  sources: readonly CertificateSource[],
): string[] {
  const certificates = [...certificate.problems(), ...sources.flatMap((one) => one.problems())];
  const trusted = trust.problem();
  return [
    ...(set.current()?.policies.length === 0 ? [`no policy is in force: noMatch (${noMatch}) decides`] : []),
    ...set.problems().map((problem) => `policy problem: ${showProblem(problem)}`),
    ...(trusted === undefined ? [] : [trusted]),
    ...(cluster?.details() ?? []),
    ...(status?.details() ?? []),
    ...certificates.map((problem) => `certificate problem: ${problem}`),
  ];
}
