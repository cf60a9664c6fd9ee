import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** Makes metrics of one registry, each under the prefix that the gate's have. */
export interface Instruments {
  counter<Label extends string>(name: string, help: string, labelNames?: Label[]): Counter<Label>;
  gauge<Label extends string>(name: string, help: string, labelNames?: Label[]): Gauge<Label>;
  /** A gauge that is asked for its value when it is scraped. */
  liveGauge(name: string, help: string, read: () => number): void;
  histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    buckets: readonly number[],
  ): Histogram<Label>;
}

/** Upper bounds in seconds: a review takes from a millisecond to the API server's longest timeout. */
export const secondsBuckets: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** Instruments whose metrics the registry prints. */
export function createInstruments(registry: Registry): Instruments {
  const registers = [registry];
  return {
    counter: (name, help, labelNames = []) => new Counter({ name: `assaygate_${name}`, help, labelNames, registers }),
    gauge: (name, help, labelNames = []) => new Gauge({ name: `assaygate_${name}`, help, labelNames, registers }),
    liveGauge(name, help, read) {
      const collect = function (this: Gauge): void {
        this.set(read());
      };
      registry.registerMetric(new Gauge({ name: `assaygate_${name}`, help, collect, registers: [] }));
    },
    histogram: (name, help, labelNames, buckets) =>
      new Histogram({ name: `assaygate_${name}`, help, labelNames, buckets: [...buckets], registers }),
  };
}
