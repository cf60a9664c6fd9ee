import { createWriteSeldom } from "../../runtime/write-seldom.ts";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { PolicySource } from "../../policies/language/source.ts";
import type { ClusterConfig } from "../../config/cluster-config.ts";
import { createKubeClient, type KubeClient } from "./client.ts";
import { KubeError } from "./kube-error.ts";
import { readKubeconfig } from "./kubeconfig.ts";
import { createKubeMetrics, type KubeMetrics } from "./metrics.ts";
import { createNamespaces, type LookUpObserver, type Namespaces } from "./namespaces.ts";
import { evaluationExceptions, evaluationPolicies, namespaces, type PolicyObject } from "./resources.ts";
import { createWatchObserver, explainUnlisted, listClockProblems, listWatchProblems } from "./watch/watch-health.ts";
import { defaultWatchTimes, watchResource, type LiveResource, type Resource } from "./watch/watch.ts";

/** What the gate knows of its cluster. */
export interface Cluster {
  readonly client: KubeClient;
  readonly metrics: KubeMetrics;
  /** Undefined where the configuration leaves them out. */
  readonly namespaces: Namespaces | undefined;
  /** The policies and exceptions, as documents. Undefined where the configuration leaves them out. */
  readonly policies: PolicySource | undefined;
  /** The same as objects; empty before they were listed. */
  objects(): readonly PolicyObject[];
  /** The policy of this name, as an object. */
  policy(name: string): PolicyObject | undefined;
  /** Calls back soon after policies or exceptions changed, once for many changes. */
  onPoliciesChanged(changed: () => void): void;
  /** Why the gate cannot serve yet: something was never listed. */
  notReady(): string | undefined;
  /** What is wrong and does not keep it from serving, one line each. */
  details(): readonly string[];
  stop(): void;
}

/** Changes that come within so much time are one. */
const coalesceMs = 25;

/** Starts to read what the configuration asks for. Never rejects: what goes wrong is in `notReady` and `details`, and tried again. */
export function watchCluster(
  config: ClusterConfig,
  environment: NodeJS.ProcessEnv,
  log: Logger,
  registry: Registry,
): Cluster {
  const stop = new AbortController();
  const client = createKubeClient(() => readKubeconfig(config.kubeconfig, environment));
  const watches: LiveResource<unknown>[] = [];
  const metrics = createKubeMetrics(registry, () => watches);
  const times = { ...defaultWatchTimes, relistMs: config.relistMs };
  const watch = <T>(resource: Resource<T>, changed: () => void): LiveResource<T> => {
    const observer = createWatchObserver(resource.name, metrics, log, changed);
    const live = watchResource(client, resource, times, observer, stop.signal);
    watches.push(live);
    return live;
  };
  const policies = config.policies ? watchPolicies(watch) : undefined;
  const namespaceWatch = config.namespaces ? watch(namespaces, () => undefined) : undefined;
  return {
    client,
    metrics,
    namespaces:
      namespaceWatch &&
      createNamespaces(client, namespaceWatch, config.staleAfterMs, createLookUpObserver(metrics, log)),
    policies: policies?.source,
    objects: () => policies?.objects() ?? [],
    policy: (name) => policies?.policy(name),
    onPoliciesChanged: (changed) => policies?.onChanged(changed),
    notReady: () => explainUnlisted(watches),
    details: () => [...listWatchProblems(watches, config.staleAfterMs), ...listClockProblems(client.clockAheadMs())],
    stop() {
      stop.abort();
      policies?.stop();
      client.close();
    },
  };
}

/** Reviews of one namespace after another would write a line each. */
const seldomMs = 60_000;

/** Counts what became of looking namespaces up one by one, and logs what went wrong. */
function createLookUpObserver(metrics: KubeMetrics, log: Logger): LookUpObserver {
  const seldom = createWriteSeldom(seldomMs, () => performance.now());
  return (result, cause) => {
    metrics.namespaceLookedUp(result);
    if (result !== "failed") return;
    const reason = describeLookUp(cause);
    seldom(reason, (unwritten) =>
      log.warn({ reason, ...(unwritten > 0 && { unwritten }) }, "a namespace cannot be looked up"),
    );
  };
}

interface WatchedPolicies {
  readonly source: PolicySource;
  objects(): readonly PolicyObject[];
  policy(name: string): PolicyObject | undefined;
  onChanged(changed: () => void): void;
  stop(): void;
}

function watchPolicies(
  watch: (resource: Resource<PolicyObject>, changed: () => void) => LiveResource<PolicyObject>,
): WatchedPolicies {
  let timer: NodeJS.Timeout | undefined;
  let policiesChanged: (() => void) | undefined;
  const callSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      policiesChanged?.();
    }, coalesceMs).unref();
  };
  const livePolicies = watch(evaluationPolicies, callSoon);
  const watches = [livePolicies, watch(evaluationExceptions, callSoon)];
  const objects = (): PolicyObject[] =>
    watches.flatMap((live) => [...(live.items()?.values() ?? [])].toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  return {
    source: () =>
      watches.some((live) => live.items() === undefined) ? "not yet known" : objects().map(({ file }) => file),
    objects,
    policy: (name) => livePolicies.items()?.get(name),
    onChanged: (changed) => void (policiesChanged = changed),
    stop: () => clearTimeout(timer),
  };
}

function describeLookUp(cause: unknown): string {
  return cause instanceof KubeError ? cause.message : "no answer in time";
}
