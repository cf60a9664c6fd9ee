import type { PolicySet } from "../../../policies/policy.ts";
import { listPolicyHosts } from "../registry-hosts.ts";
import type { Instruments } from "./instruments.ts";

/** What is counted of registries, and of what is remembered instead of asking them. */
export interface RegistrySeries {
  cacheHit(): void;
  cacheMiss(): void;
  /** A registry, or where it sent the gate, was asked. No status: it gave no answer. */
  registryAsked(host: string, status: number | undefined): void;
  /** A registry, or its token service, gives no answers, or gives some again. */
  registrySilent(host: string, silent: boolean): void;
  /** It was not asked for that. */
  registryNotAsked(host: string): void;
  /** From now on the hosts of these policies have series of their own. */
  knowHostsOf(set: PolicySet): void;
}

/** The metrics of registries. `hosts` have series of their own besides those of the policies in force; all others are one. */
export function createRegistrySeries({ counter, gauge }: Instruments, hosts: readonly string[]): RegistrySeries {
  const requests = counter("registry_requests_total", "Requests to registries, by host and status.", [
    "host",
    "status",
  ]);
  const silence = gauge("registry_silent", "1 while a registry gives no answers and is not asked, by host.", ["host"]);
  const unasked = counter(
    "registry_requests_not_sent_total",
    "Requests that were not sent because the registry gives no answers, by host.",
    ["host"],
  );
  const hits = counter("evidence_cache_hits_total", "Evidence answered from the cache.");
  const misses = counter("evidence_cache_misses_total", "Evidence that had to be fetched.");
  let known = new Set(hosts);
  const boundHost = (host: string): string => (known.has(host) ? host : "other");
  return {
    cacheHit: () => hits.inc(),
    cacheMiss: () => misses.inc(),
    registryAsked: (host, status) => requests.inc({ host: boundHost(host), status: boundStatus(status) }),
    registrySilent: (host, silent) => silence.set({ host: boundHost(host) }, silent ? 1 : 0),
    registryNotAsked: (host) => unasked.inc({ host: boundHost(host) }),
    knowHostsOf(set) {
      known = new Set([...hosts, ...listPolicyHosts(set)]);
    },
  };
}

const usualStatuses = new Set([200, 301, 302, 303, 307, 308, 400, 401, 403, 404, 429, 500, 502, 503, 504]);

/** A registry can answer with any number. */
function boundStatus(status: number | undefined): string {
  if (status === undefined) return "none";
  return usualStatuses.has(status) ? String(status) : `${Math.floor(status / 100)}xx`;
}
