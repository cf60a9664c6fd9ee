import { createPrivateKey, X509Certificate } from "node:crypto";

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

/** What is told of a pair, or a sentence that says what is wrong with it. */
export function readPair({ cert, key }: CertificatePair): CertificateFacts | string {
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

/**
 * What is wrong with a PEM bundle, as the end of a sentence; undefined where every certificate in it is one. OpenSSL would leave
 * out what it cannot read.
 */
export function describeUnreadable(bundle: string): string | undefined {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  if (blocks === null) return "hold no PEM certificate";
  try {
    for (const block of blocks) void new X509Certificate(block);
    return undefined;
  } catch {
    return "hold a certificate that cannot be read";
  }
}

/** Why a certificate is not valid at this time, as the end of a sentence; undefined where it is. */
export function describeUntimely({ notBeforeMs, notAfterMs }: CertificateFacts, nowMs: number): string | undefined {
  if (!(nowMs <= notAfterMs)) return `expired at ${new Date(notAfterMs).toISOString()}`;
  if (!(nowMs >= notBeforeMs)) return `is not valid before ${new Date(notBeforeMs).toISOString()}`;
  return undefined;
}
