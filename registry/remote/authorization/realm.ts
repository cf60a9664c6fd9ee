import { unavailable } from "../../errors.ts";
import type { RegistryError } from "../../errors.ts";
import type { Endpoint } from "../endpoint.ts";
import { dockerHub } from "../registry.ts";

/** Registries whose token service has another host. Whatever else a challenge names must be in the registry's options. */
const wellKnown: ReadonlyMap<string, string> = new Map([
  ...dockerHub.hosts.map((host) => [host, "https://auth.docker.io"] as const),
  ["registry.gitlab.com", "https://gitlab.com"],
  ["nvcr.io", "https://authn.nvidia.com"],
]);

/**
 * The realm of a challenge, as a URL that requests and credentials may be sent to. The registry chooses the text, so it is
 * compared by whole origins: the registry's own, the well-known one, or one that the options list. Throws `denied` for
 * anything else, before a packet is sent there. (CVE-2020-15157 and its many successors.)
 */
export function requireAllowedRealm(endpoint: Endpoint, realm: string | undefined): URL {
  if (realm === undefined) throw refusal(endpoint, "names no token service", "no realm");
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (url === undefined)
    throw refusal(endpoint, "names a token service that is not a URL", "a realm that does not parse");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && endpoint.settings.plainHttp))
    throw refusal(endpoint, "names a token service without TLS", url.origin);
  if (url.username !== "" || url.password !== "" || !allowedOrigins(endpoint).includes(url.origin))
    throw refusal(endpoint, "names a token service that is not allowed for it (tokenRealms)", url.origin);
  return url;
}

/** True for a realm that {@link requireAllowedRealm} returns. */
export function isAllowedRealm(endpoint: Endpoint, realm: string | undefined): boolean {
  try {
    return requireAllowedRealm(endpoint, realm) !== undefined;
  } catch {
    return false;
  }
}

function allowedOrigins({ host, origin, settings }: Endpoint): string[] {
  const own = [origin, `https://${host}`, wellKnown.get(host) ?? origin];
  return [...own, ...settings.tokenRealms].map((text) => (URL.canParse(text) ? new URL(text).origin : text));
}

function refusal({ name }: Endpoint, problem: string, detail: string): RegistryError {
  return unavailable("denied", `${name} ${problem}`, { cause: new Error(`realm refused: ${detail}`) });
}
