import { makeServingCertificate } from "../../certs/self-signed.ts";
import type { ServingCertificate } from "./serving-certificate.ts";
import type { CertificateSource } from "./source.ts";

/** Installs a self-made certificate for this machine, for trying out. It lasts as long as the gate. */
export async function startSelfSignedSource(certificate: ServingCertificate): Promise<CertificateSource> {
  const { cert, key, ca } = await makeServingCertificate({ dns: ["localhost"], ip: ["127.0.0.1"] }, new Date());
  certificate.install({ cert, key });
  return { ca, problems: () => [], stop: async () => undefined };
}
