/**
 * Where a serving certificate comes from: files, the cluster, or one that was made for trying out. A source is started with
 * the {@link ServingCertificate} that it installs pairs in, and keeps that one up to date until it is stopped.
 */
export interface CertificateSource {
  /** PEM of the authority that signed a certificate for trying out; undefined for every other one. */
  readonly ca: string | undefined;
  /** What keeps the certificate from being renewed, one line each, beside what {@link ServingCertificate} says itself. */
  problems(): readonly string[];
  stop(): Promise<void>;
}
