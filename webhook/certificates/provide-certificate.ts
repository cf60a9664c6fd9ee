import type { Logger } from "pino";
import type { TlsConfig } from "../../config/tls-config.ts";
import { startFileSource } from "./file-source.ts";
import { startSelfManagedSource } from "./self-managed-source.ts";
import { startSelfSignedSource } from "./self-signed-source.ts";
import type { ServingCertificate } from "./serving-certificate.ts";
import type { CertificateSource } from "./source.ts";

/**
 * Starts the source that the configuration names: files, the cluster, or, without `tls`, a self-made certificate for trying
 * out. One from the cluster is installed when it is there: the gate is not ready before. Rejects when files cannot be used.
 */
export async function provideCertificate(
  certificate: ServingCertificate,
  tls: TlsConfig | undefined,
  log: Logger,
  environment: NodeJS.ProcessEnv,
): Promise<CertificateSource> {
  if (tls === undefined) return startSelfSignedSource(certificate);
  // With `selfManaged`, too: the authorities of clients are always a file.
  const files = startFileSource(tls, tls.reloadMs, certificate);
  if (tls.selfManaged === undefined) return files;
  await using started = new AsyncDisposableStack();
  started.defer(files.stop);
  const managed = await startSelfManagedSource(tls.selfManaged, certificate, log, environment);
  started.defer(managed.stop);
  const both = started.move();
  return { ...managed, stop: () => both.disposeAsync() };
}
