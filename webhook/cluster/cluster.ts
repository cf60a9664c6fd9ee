import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { PolicySource } from "../../policies/language/source.ts";
import { createKubeMetrics, type KubeMetrics } from "./metrics.ts";
import { createKubeClient, type KubeClient } from "./client.ts";
import type { ClusterConfig } from "../../config/cluster-config.ts";
import { KubeError } from "./kube-error.ts";
import { createNamespaces, type Namespaces } from "./namespaces.ts";
import { evaluationExceptions, evaluationPolicies, namespaces, type PolicyObject } from "./resources.ts";
import { defaultWatchTimes, watchResource, type LiveResource, type Resource } from "./watch.ts";

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
/** Certificates and expiry dates are judged by this machine's clock. */
const maxClockSkewMs = 30_000;

/** Starts to read what the configuration asks for. Never rejects: what goes wrong is in `notReady` and `details`, and tried again. */
export function watchCluster(
  config: ClusterConfig,
  environment: NodeJS.ProcessEnv,
  log: Logger,
  registry: Registry,
): Cluster {
  const stop = new AbortController();
  const client = createKubeClient(config.kubeconfig, environment);
  const watches: LiveResource<unknown>[] = [];
  const metrics = createKubeMetrics(registry, () => watches);
  const said = new Map<string, string>();
  const watch = <T>(resource: Resource<T>, changed: () => void): LiveResource<T> => {
    const live = watchResource(
      client,
      resource,
      { ...defaultWatchTimes, relistMs: config.relistMs },
      {
        opened() {
          if (said.delete(resource.name)) log.info({ resource: resource.name }, "the cluster can be read again");
        },
        changed,
        failed({ message }) {
          metrics.watchFailed(resource.name);
          if (said.get(resource.name) === message) return;
          said.set(resource.name, message);
          log.warn(
            { resource: resource.name, reason: message },
            "the cluster cannot be read; the gate keeps what it knows and tries again",
          );
        },
      },
      stop.signal,
    );
    watches.push(live);
    return live;
  };

  let timer: NodeJS.Timeout | undefined;
  let policiesChanged: (() => void) | undefined;
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      policiesChanged?.();
    }, coalesceMs).unref();
  };
  const policyWatches = config.policies ? [watch(evaluationPolicies, soon), watch(evaluationExceptions, soon)] : [];
  const namespaceWatch = config.namespaces ? watch(namespaces, () => undefined) : undefined;
  const objects = (): PolicyObject[] =>
    policyWatches.flatMap((live) => [...(live.items()?.values() ?? [])].toSorted(byName));

  return {
    client,
    metrics,
    namespaces:
      namespaceWatch &&
      createNamespaces(client, namespaceWatch, config.staleAfterMs, (result, cause) => {
        metrics.namespaceLookedUp(result);
        if (result === "failed") log.warn({ reason: wordsOf(cause) }, "a namespace cannot be looked up");
      }),
    policies: config.policies
      ? () =>
          policyWatches.some((live) => live.items() === undefined) ? "not yet known" : objects().map(({ file }) => file)
      : undefined,
    objects,
    onPoliciesChanged: (changed) => void (policiesChanged = changed),
    notReady() {
      const unseen = watches.find((live) => live.items() === undefined);
      return unseen && `${unseen.name} were never listed: ${adviseOn(unseen)}`;
    },
    details: () => [
      ...watches.flatMap((live) => troubleWith(live, config.staleAfterMs)),
      ...clockTrouble(client.clockAheadMs()),
    ],
    stop() {
      stop.abort();
      clearTimeout(timer);
      client.close();
    },
  };
}

function byName(a: PolicyObject, b: PolicyObject): number {
  return a.name < b.name ? -1 : 1;
}

/** What to say of a resource that was never listed. */
function adviseOn(live: LiveResource<unknown>): string {
  const problem = live.problem();
  if (problem === undefined) return "the API server has not answered yet";
  if (problem.status !== 404) return problem.message;
  return `${problem.message}: install the custom resource definitions in deploy/crds`;
}

function troubleWith(live: LiveResource<unknown>, staleAfterMs: number): string[] {
  const problem = live.problem();
  const ageMs = live.ageMs();
  if (live.items() === undefined || (problem === undefined && ageMs <= staleAfterMs)) return [];
  const age = `${Math.round(ageMs / 1_000)} s`;
  const state = ageMs > staleAfterMs ? `stale: no sign of life for ${age}` : `interrupted ${age} ago`;
  return [`watch on ${live.name} is ${state}${problem === undefined ? "" : `: ${problem.message}`}`];
}

function clockTrouble(aheadMs: number | undefined): string[] {
  if (aheadMs === undefined || Math.abs(aheadMs) <= maxClockSkewMs) return [];
  const side = aheadMs > 0 ? "ahead of" : "behind";
  return [
    `this machine's clock is ${Math.round(Math.abs(aheadMs) / 1_000)} s ${side} the API server's: dates of evidence, exceptions and certificates are judged by it`,
  ];
}

function wordsOf(cause: unknown): string {
  return cause instanceof KubeError ? cause.message : "no answer in time";
}
