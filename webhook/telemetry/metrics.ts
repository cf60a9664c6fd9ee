import { collectDefaultMetrics, Registry } from "prom-client";
import { gateVersion } from "../../runtime/version.ts";
import { type AuditSeries, createAuditSeries } from "./series/audits.ts";
import { type CertificateSeries, createCertificateSeries } from "./series/certificates.ts";
import { createEventSeries, type EventSeries } from "./series/events.ts";
import { createInstruments } from "./series/instruments.ts";
import { createPolicySeries, type PolicySeries } from "./series/policies.ts";
import { createRegistrySeries, type RegistrySeries } from "./series/registries.ts";
import { createReviewSeries, type ReviewFacts, type ReviewSeries } from "./series/reviews.ts";

/** The gate's metrics. Every label takes its values from a closed set: nothing that a user can name becomes a series. */
export interface Metrics
  extends
    Omit<ReviewSeries, "keepOnly">,
    Omit<RegistrySeries, "knowHostsOf">,
    PolicySeries,
    CertificateSeries,
    EventSeries,
    AuditSeries {
  readonly registry: Registry;
}

/** What metrics are read from. */
export interface MetricsOptions extends ReviewFacts {
  /** Hosts besides those of the policies in force; all others are one. */
  readonly hosts: readonly string[];
}

/** What every process has, under the names that every dashboard knows: `process_*` and `nodejs_*`. */
export function collectProcessMetrics({ registry }: Metrics): void {
  collectDefaultMetrics({ register: registry });
}

/** Metrics of a registry of their own, all of them zero. */
export function createMetrics({ hosts, ...facts }: MetricsOptions): Metrics {
  const registry = new Registry();
  const instruments = createInstruments(registry);
  const { keepOnly, ...reviews } = createReviewSeries(instruments, facts);
  const { knowHostsOf, ...registries } = createRegistrySeries(instruments, hosts);
  const { policiesLoaded, policiesFailed } = createPolicySeries(instruments);
  instruments.gauge("build_info", "1, labelled with the version.", ["version"]).set({ version: gateVersion }, 1);
  return {
    registry,
    ...reviews,
    ...registries,
    policiesLoaded(set) {
      policiesLoaded(set);
      knowHostsOf(set);
      keepOnly(set);
    },
    policiesFailed,
    ...createCertificateSeries(instruments),
    ...createEventSeries(instruments),
    ...createAuditSeries(instruments),
  };
}
