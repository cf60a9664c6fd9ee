import { createSecureContext, type SecureContextOptions, type SecureVersion } from "node:tls";
import {
  describeUnreadable,
  describeUntimely,
  readPair,
  type CertificateFacts,
  type CertificatePair,
} from "./certificate-pair.ts";

/** Who is told of what a server presents. */
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

/** The server that presents the certificate, and what it asks of it. */
export interface ServingCertificateOptions {
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
export function createServingCertificate(options: ServingCertificateOptions): ServingCertificate {
  const state: State = { ...options, wrong: new Map() };
  return {
    install: (pair) => install(state, pair),
    trustClients: (authorities) => trustClients(state, authorities),
    refuse: (subject, problem) => refuse(state, subject, problem),
    current: () => state.facts,
    notReady() {
      if (state.facts === undefined) return "there is no serving certificate yet";
      const untimely = describeUntimely(state.facts, options.nowMs());
      return untimely && `the serving certificate ${untimely}`;
    },
    problems: () => [...state.wrong.values()],
  };
}

interface State extends ServingCertificateOptions {
  readonly wrong: Map<CertificateSubject, string>;
  pair?: CertificatePair;
  /** PEM. */
  authorities?: string;
  facts?: CertificateFacts;
}

function install(state: State, pair: CertificatePair): void {
  const { facts, authorities, verifiesClients, observer, nowMs } = state;
  const read = readPair(pair);
  if (typeof read === "string") return refuse(state, "pair", read);
  const untimely = describeUntimely(read, nowMs());
  if (untimely !== undefined && facts !== undefined && describeUntimely(facts, nowMs()) === undefined)
    return refuse(state, "pair", `the new serving certificate ${untimely}`);
  if (verifiesClients && authorities === undefined)
    return refuse(state, "pair", "the serving certificate has to wait for the authorities of clients");
  apply(state, "pair", pair, authorities);
  state.pair = pair;
  state.facts = read;
  observer.installed(read);
}

function trustClients(state: State, authorities: string): void {
  const wrong = describeUnreadable(authorities);
  if (wrong !== undefined) return refuse(state, "clients", `the authorities of clients ${wrong}`);
  if (state.pair !== undefined) apply(state, "clients", state.pair, authorities);
  state.wrong.delete("clients");
  state.authorities = authorities;
  if (state.facts !== undefined) state.observer.installed(state.facts);
}

function apply(
  state: State,
  subject: CertificateSubject,
  { cert, key }: CertificatePair,
  ca: string | undefined,
): void {
  const options = { cert, key, minVersion: state.minVersion, ...(ca === undefined ? {} : { ca }) };
  try {
    // Once for the check alone: a server that is given what it cannot use may have lost the good one.
    createSecureContext(options);
  } catch (cause) {
    // OpenSSL's words for it; they hold nothing of the key.
    const words = cause instanceof Error ? cause.message : "unknown error";
    refuse(state, subject, `the serving certificate cannot be used (${words})`);
  }
  state.apply(options);
  state.wrong.delete(subject);
}

function refuse({ wrong, observer }: State, subject: CertificateSubject, problem: string): never {
  wrong.set(subject, problem);
  observer.refused(problem);
  throw new CertificateError(problem);
}
