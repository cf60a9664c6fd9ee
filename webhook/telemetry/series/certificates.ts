import type { Instruments } from "./instruments.ts";

/** What is counted of the serving certificate. */
export interface CertificateSeries {
  /** A certificate is in force, until then (milliseconds since 1970). */
  certificateInstalled(notAfterMs: number): void;
  certificateRefused(): void;
}

/** The metrics of the serving certificate. */
export function createCertificateSeries({ counter, gauge }: Instruments): CertificateSeries {
  const expiry = gauge("certificate_expiry_timestamp_seconds", "When the serving certificate in force expires.");
  const failures = counter(
    "certificate_load_failures_total",
    "Serving certificates that were refused; the last good one stayed in force.",
  );
  return {
    certificateInstalled: (notAfterMs) => expiry.set(notAfterMs / 1000),
    certificateRefused: () => failures.inc(),
  };
}
