import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";

/**
 * What a server's certificate is checked by: the system's authorities, those of NODE_EXTRA_CA_CERTS, and these. Made at the
 * first connection that needs it, because reading some hundred certificates takes tens of milliseconds.
 */
export function createTrust(ca: string | undefined): () => SecureContext {
  if (ca === undefined) return trustSystem;
  let context: SecureContext | undefined;
  return () => (context ??= createSecureContext({ ca: [...listSystemAuthorities(), ca] }));
}

let systemContext: SecureContext | undefined;

/** One for all servers that need no more. */
function trustSystem(): SecureContext {
  return (systemContext ??= createSecureContext({ ca: listSystemAuthorities() }));
}

/**
 * The system's store, which SSL_CERT_FILE and SSL_CERT_DIR put in another place: PEM, each once. Node's own list stands in for
 * it where the system has none. https://nodejs.org/api/cli.html#--use-system-ca
 */
function listSystemAuthorities(): string[] {
  const system = getCACertificates("system");
  const roots = system.length === 0 ? getCACertificates("bundled") : system;
  return [...new Set([...roots, ...getCACertificates("extra")])];
}
