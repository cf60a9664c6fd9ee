import { dockerHub } from "../../registry/remote/registry.ts";
import type { PolicySet } from "../../policies/policy.ts";
import type { RegistryConfig } from "../../config/config.ts";

/** Hosts that the configuration names: registries, where they really are, their mirrors, and where they may send the gate. */
export function listConfiguredHosts(registries: readonly RegistryConfig[]): string[] {
  return registries.flatMap(({ host, url, mirror, tokenRealms, redirectHosts }) => [
    host,
    ...[url, mirror?.url, ...tokenRealms].flatMap((text) => (text === undefined ? [] : readHost(text))),
    ...redirectHosts,
  ]);
}

/** Hosts of the repositories that the policies trust. */
export function listPolicyHosts({ policies }: PolicySet): string[] {
  const hosts = policies.flatMap(({ repositories }) => repositories.map(({ text }) => text.split("/", 1)[0] ?? ""));
  return hosts.some((host) => dockerHub.hosts.includes(host)) ? [...hosts, ...readHost(dockerHub.api)] : hosts;
}

function readHost(url: string): string[] {
  const parsed = URL.parse(url);
  return parsed === null ? [] : [parsed.host];
}
