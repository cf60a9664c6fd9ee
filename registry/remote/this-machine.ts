import { getErrorCode } from "../../runtime/error-code.ts";
import { RegistryError } from "../errors.ts";
import { getHost, isThisMachine } from "./network/no-proxy.ts";
import type { RegistryOptions } from "./registry.ts";

/**
 * Whether it has to be found out if a registry speaks TLS: it is on this machine, nothing says so, and whoever asks runs the machine. So Docker has it: there it
 * tries TLS first, and speaks plain HTTP to what does not know it; nobody else can listen on the way. Unlike with Docker, a
 * certificate is checked where there is one. https://docs.docker.com/reference/cli/dockerd/#insecure-registries
 */
export function mayBePlain({ host, url, plainHttp, plainHttpOnThisMachine }: RegistryOptions): boolean {
  if (plainHttpOnThisMachine !== true) return false;
  return url === undefined && plainHttp !== true && isThisMachine(getHost(new URL(`https://${host}`)));
}

/** True for what comes of a TLS handshake with a server that knows no TLS. */
export function isNotTls(error: unknown): boolean {
  return error instanceof RegistryError && notTls.has(getErrorCode(error.cause) ?? "");
}

/** It takes the handshake for a malformed request and says so, or ends the connection over it. */
const notTls: ReadonlySet<string> = new Set([
  "ECONNRESET",
  "EPROTO",
  "ERR_SSL_PACKET_LENGTH_TOO_LONG",
  "ERR_SSL_WRONG_VERSION_NUMBER",
]);
