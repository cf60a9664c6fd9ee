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

export function createKubeMetrics(registry: Registry, watches: () => readonly WatchState[]): KubeMetrics {
  const registers = [registry];
  const ages = new Gauge({
    name: "assaygate_watch_age_seconds",
    help: "Time since the API server last gave a sign of life on a watched resource; +Inf before the first.",
    labelNames: ["resource"] as const,
    registers: [],
    collect() {
      for (const { name, ageMs } of watches()) this.set({ resource: name }, ageMs() / 1_000);
    },
  });
  const objects = new Gauge({
    name: "assaygate_watch_objects",
    help: "Objects of a watched resource.",
    labelNames: ["resource"] as const,
    registers: [],
    collect() {
      for (const { name, items } of watches()) this.set({ resource: name }, items()?.size ?? 0);
    },
  });
  registry.registerMetric(ages);
  registry.registerMetric(objects);
  const failures = new Counter({
    name: "assaygate_watch_failures_total",
    help: "Lists and watches that failed or broke; each is tried again.",
    labelNames: ["resource"] as const,
    registers,
  });
  const lookups = new Counter({
    name: "assaygate_namespace_lookups_total",
    help: "Namespaces that the watch had not seen, or was too old for, and that were asked for one by one.",
    labelNames: ["result"] as const,
    registers,
  });
  const writes = new Counter({
    name: "assaygate_status_writes_total",
    help: "Writes of the status of policies and exceptions.",
    labelNames: ["result"] as const,
    registers,
  });
  return {
    watchFailed: (resource) => failures.inc({ resource }),
    namespaceLookedUp: (result) => lookups.inc({ result }),
    statusWritten: (result) => writes.inc({ result }),
  };
}
