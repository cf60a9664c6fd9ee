import { Counter, Gauge, type Registry } from "prom-client";

/** What is measured of the gate's dealings with the API server. */
export interface KubeMetrics {
  watchFailed(resource: string): void;
  namespaceLookedUp(result: "found" | "failed"): void;
  statusWritten(result: "written" | "conflict" | "failed"): void;
}

/** What a watch says of itself when metrics are collected. */
export interface WatchState {
  readonly name: string;
  ageMs(): number;
  items(): ReadonlyMap<string, unknown> | undefined;
}

/** Registers the metrics; those of the watches are asked for when they are collected. */
export function createKubeMetrics(registry: Registry, watches: () => readonly WatchState[]): KubeMetrics {
  registerWatchGauges(registry, watches);
  const count = <L extends string>(name: string, help: string, label: L): Counter<L> =>
    new Counter({ name, help, labelNames: [label], registers: [registry] });
  const failures = count(
    "assaygate_watch_failures_total",
    "Lists and watches that failed or broke; each is tried again.",
    "resource",
  );
  const lookups = count(
    "assaygate_namespace_lookups_total",
    "Namespaces that the watch had not seen, or was too old for, and that were asked for one by one.",
    "result",
  );
  const writes = count("assaygate_status_writes_total", "Writes of the status of policies and exceptions.", "result");
  return {
    watchFailed: (resource) => failures.inc({ resource }),
    namespaceLookedUp: (result) => lookups.inc({ result }),
    statusWritten: (result) => writes.inc({ result }),
  };
}

function registerWatchGauges(registry: Registry, watches: () => readonly WatchState[]): void {
  const gauge = (name: string, help: string, measure: (watch: WatchState) => number): void =>
    registry.registerMetric(
      new Gauge({
        name,
        help,
        labelNames: ["resource"] as const,
        registers: [],
        collect() {
          for (const watch of watches()) this.set({ resource: watch.name }, measure(watch));
        },
      }),
    );
  gauge(
    "assaygate_watch_age_seconds",
    "Time since the API server last gave a sign of life on a watched resource; +Inf before the first.",
    ({ ageMs }) => ageMs() / 1_000,
  );
  gauge("assaygate_watch_objects", "Objects of a watched resource.", ({ items }) => items()?.size ?? 0);
}
