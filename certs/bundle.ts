import { X509Certificate } from "node:crypto";

/** One certificate of a bundle. Times are milliseconds since 1970. */
export interface BundleEntry {
  /** SHA-256 of the certificate. */
  readonly id: string;
  readonly pem: string;
  readonly isAuthority: boolean;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly x509: X509Certificate;
}

/** The certificates of a PEM text, in order. */
export interface Bundle {
  readonly entries: readonly BundleEntry[];
  /** Whether it holds anything that looks like a certificate and is none. */
  readonly damaged: boolean;
}

const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, each once, in its order. Text between them is a comment, as everywhere. */
export function readBundle(text: string): Bundle {
  const found = [...text.matchAll(block)].map(([pem]) => readEntry(pem));
  const entries = found.filter((entry) => entry !== undefined);
  const begun = text.split("-----BEGIN CERTIFICATE-----").length - 1;
  return {
    entries: [...new Map(entries.map((entry) => [entry.id, entry])).values()],
    damaged: entries.length < begun || (begun === 0 && text.trim() !== ""),
  };
}

/** The certificates as one PEM text. */
export function joinBundle(pems: readonly string[]): string {
  return pems.map((pem) => `${pem.trim()}\n`).join("");
}

function readEntry(pem: string): BundleEntry | undefined {
  try {
    const x509 = new X509Certificate(pem);
    return {
      id: x509.fingerprint256,
      pem,
      isAuthority: x509.ca,
      notBeforeMs: x509.validFromDate.getTime(),
      notAfterMs: x509.validToDate.getTime(),
      x509,
    };
  } catch {
    return undefined;
  }
}
