import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContextOptions, type SecureVersion } from "node:tls";

/** A serving certificate with its chain, leaf first, and the leaf's private key. PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** What is told of a certificate: nothing secret. Times are milliseconds since 1970. */
export interface CertificateFacts {
  /** SHA-256 of the leaf. */
  readonly fingerprint: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

export interface CertificateObserver {
  /** A pair, or other client authorities, are in force for every connection from now on. */
  installed(facts: CertificateFacts): void;
  /** What was offered cannot be used; the last good one stays in force. */
  refused(problem: string): void;
}

/** What was offered cannot be served. The message names no secret. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
  readonly code = "CERTIFICATE_UNUSABLE";
}

/**
 * The certificate that a server presents, exchanged while it serves. Where pairs come from (files, a Secret, made at the
 * start) is their source's business. Connections that are open keep the one that they began with.
 */
export interface ServingCertificate {
  /**
   * Puts a pair in force. Throws CertificateError for one that does not parse, whose key is another's, or whose time is over
   * or yet to come while that of the one in force is not; then the one in force stays, and `problems` says why.
   */
  install(pair: CertificatePair): void;
  /** Puts PEM authorities in force, whose clients alone may ask: before the first pair. Throws as `install`. */
  trustClients(authorities: string): void;
  /** A source could not get at what it should offer: reported as a refused pair is. Always throws CertificateError. */
  refuse(subject: CertificateSubject, problem: string): never;
  /** The one in force; undefined before the first. */
  current(): CertificateFacts | undefined;
  /** Why no client can be served: no certificate yet, or one whose time is over or yet to come. Undefined when all is well. */
  notReady(): string | undefined;
  /** Why what was offered last is not in force; empty when it is. */
  problems(): readonly string[];
}

/** What is offered: the pair, or the authorities of clients. */
export type CertificateSubject = "pair" | "clients";

export interface ServingCertificateParts {
  /**
   * The `setSecureContext` of a server that was made without a certificate.
   * https://nodejs.org/api/tls.html#serversetsecurecontextoptions
   */
  apply(options: SecureContextOptions): void;
  readonly minVersion: SecureVersion;
  /** True where the server asks clients for a certificate: then no pair is put in force before their authorities are known. */
  readonly verifiesClients: boolean;
  readonly observer: CertificateObserver;
  /** The time, in milliseconds since 1970. */
  nowMs(): number;
}

/** No certificate is in force until the first `install`: until then every handshake fails. */
export function createServingCertificate(parts: ServingCertificateParts): ServingCertificate {
  const { minVersion, verifiesClients, observer, nowMs } = parts;
  const problems = new Map<CertificateSubject, string>();
  let pair: CertificatePair | undefined;
  let authorities: string | undefined;
  let facts: CertificateFacts | undefined;

  const refuse = (subject: CertificateSubject, problem: string): never => {
    problems.set(subject, problem);
    observer.refused(problem);
    throw new CertificateError(problem);
  };
  const apply = (subject: CertificateSubject, { cert, key }: CertificatePair, ca: string | undefined): void => {
    const options = { cert, key, minVersion, ...(ca === undefined ? {} : { ca }) };
    try {
      // Once for the check alone: a server that is given what it cannot use may have lost the good one.
      createSecureContext(options);
    } catch (cause) {
      refuse(subject, `the serving certificate cannot be used (${describe(cause)})`);
    }
    parts.apply(options);
    problems.delete(subject);
  };

  return {
    install(next) {
      const read = readPair(next);
      if (typeof read === "string") return refuse("pair", read);
      const untimely = untimeliness(read, nowMs());
      if (untimely !== undefined && facts !== undefined && untimeliness(facts, nowMs()) === undefined)
        return refuse("pair", `the new serving certificate ${untimely}`);
      if (verifiesClients && authorities === undefined)
        return refuse("pair", "the serving certificate has to wait for the authorities of clients");
      apply("pair", next, authorities);
      [pair, facts] = [next, read];
      observer.installed(read);
    },
    trustClients(next) {
      const wrong = unreadable(next);
      if (wrong !== undefined) return refuse("clients", `the authorities of clients ${wrong}`);
      if (pair !== undefined) apply("clients", pair, next);
      problems.delete("clients");
      authorities = next;
      if (facts !== undefined) observer.installed(facts);
    },
    refuse,
    current: () => facts,
    notReady() {
      if (facts === undefined) return "there is no serving certificate yet";
      const untimely = untimeliness(facts, nowMs());
      return untimely && `the serving certificate ${untimely}`;
    },
    problems: () => [...problems.values()],
  };
}

/** What is told of a pair, or a sentence that says what is wrong with it. */
function readPair({ cert, key }: CertificatePair): CertificateFacts | string {
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(cert);
  } catch {
    return "the serving certificate is not a PEM certificate";
  }
  try {
    if (!leaf.checkPrivateKey(createPrivateKey(key)))
      return "the serving certificate and its key do not belong together";
  } catch {
    return "the serving certificate's key is not a PEM private key without a passphrase";
  }
  return {
    fingerprint: leaf.fingerprint256,
    notBeforeMs: leaf.validFromDate.getTime(),
    notAfterMs: leaf.validToDate.getTime(),
  };
}

/** Every certificate of a PEM bundle must be one; OpenSSL would leave out what it cannot read. */
function unreadable(bundle: string): string | undefined {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  if (blocks === null) return "hold no PEM certificate";
  try {
    for (const block of blocks) void new X509Certificate(block);
    return undefined;
  } catch {
    return "hold a certificate that cannot be read";
  }
}

function untimeliness({ notBeforeMs, notAfterMs }: CertificateFacts, nowMs: number): string | undefined {
  if (!(nowMs <= notAfterMs)) return `expired at ${new Date(notAfterMs).toISOString()}`;
  if (!(nowMs >= notBeforeMs)) return `is not valid before ${new Date(notBeforeMs).toISOString()}`;
  return undefined;
}

/** OpenSSL's words for it; they hold nothing of the key. */
function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : "unknown error";
}
