import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { RequestError } from "./body.ts";

/**
 * Refuses requests on connections whose client certificate has none of the allowed names, as its one common name or as a DNS
 * name: any client of the same authority could otherwise ask. That an authority vouches for it was checked by the handshake.
 * Throws RequestError 403.
 */
export function createClientNameCheck(allowed: readonly string[]): (socket: Socket) => void {
  const known = new WeakMap<Socket, boolean>();
  return (socket) => {
    const verdict = known.get(socket) ?? isAllowed(socket, allowed);
    known.set(socket, verdict);
    if (!verdict) throw new RequestError(403, "the client certificate has none of the names in tls.clientNames");
  };
}

function isAllowed(socket: Socket, allowed: readonly string[]): boolean {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return false;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return false;
  // Several common names make a list here, which equals no name.
  const commonName: unknown = certificate.toLegacyObject().subject.CN;
  return allowed.some(
    (name) => commonName === name || certificate.checkHost(name, { subject: "never", wildcards: false }) !== undefined,
  );
}
