import type { Logger } from "pino";
import { makeServingCertificate } from "../../certs/self-signed.ts";
import { watchCertificateFiles } from "./file-source.ts";
import type { ServingCertificate } from "./serving-certificate.ts";
import type { TlsConfig } from "../../config/tls-config.ts";

/** Where a gate's serving certificate comes from, for as long as the gate runs. */
export interface ProvidedCertificate {
  /** PEM of the authority that signed a certificate for trying out; undefined for every other one. */
  readonly ca: string | undefined;
  /** What keeps it from being renewed, one line each. */
  problems(): readonly string[];
  stop(): Promise<void>;
}

/**
 * Installs a certificate from the configured files, from the cluster, or self-made for trying out, and keeps it up to date.
 * One from the cluster is installed when it is there: the gate is not ready before. Throws when files cannot be used.
 */
export async function provideCertificate(
  certificate: ServingCertificate,
  tls: TlsConfig | undefined,
  log: Logger,
  environment: NodeJS.ProcessEnv,
): Promise<ProvidedCertificate> {
  if (tls === undefined) {
    const { cert, key, ca } = await makeServingCertificate({ dns: ["localhost"], ip: ["127.0.0.1"] }, new Date());
    certificate.install({ cert, key });
    return { ca, problems: () => [], stop: async () => undefined };
  }
  const { certFile, keyFile, clientCaFile, reloadMs, selfManaged } = tls;
  const files = watchCertificateFiles({ certFile, keyFile, clientCaFile }, reloadMs, certificate);
  if (selfManaged === undefined) return { ca: undefined, problems: () => [], stop: async () => files.stop() };
  // The library for clusters is large: a gate without one never loads it.
  const { manageInCluster } = await import("./self-managed-source.ts");
  const managed = await manageInCluster(selfManaged, certificate, log, environment);
  return {
    ca: undefined,
    problems: managed.problems,
    async stop() {
      files.stop();
      await managed.stop();
    },
  };
}
