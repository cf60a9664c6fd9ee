import type { Cluster } from "../cluster.ts";

/** jest loads its setup and its teardown apart from each other, so what the one leaves for the other is global. */
const key = Symbol.for("assaygate.e2e.cluster");

export function keepForTeardown(cluster: Cluster): void {
  Reflect.set(globalThis, key, cluster);
}

export function keptCluster(): Cluster | undefined {
  return Reflect.get(globalThis, key) as Cluster | undefined;
}
