import { generateKeyPairSync } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { issue, makeCa, type Ca, type Issued } from "../certificates.ts";

/** Everything secret that a control plane needs, as files in one folder. */
export interface Credentials {
  /** PEM of the authority of the API server and of its clients. */
  readonly ca: string;
  readonly caFile: string;
  readonly servingCertFile: string;
  readonly servingKeyFile: string;
  /** Signs service account tokens. */
  readonly tokenKeyFile: string;
  /** Proves them. */
  readonly tokenPublicKeyFile: string;
  /** Writes a kubeconfig for this user, who proves to be it with a certificate. Returns the file. */
  kubeconfig(url: string, user: string, group?: string): Promise<string>;
  /** The same proof as two files, for programs that take no kubeconfig. */
  clientFiles(user: string, group?: string): Promise<{ readonly certFile: string; readonly keyFile: string }>;
}

/** A new authority, and what it signs. The API server answers at these addresses besides 127.0.0.1. */
export async function makeCredentials(folder: string, addresses: readonly string[]): Promise<Credentials> {
  await mkdir(folder, { recursive: true });
  const ca = await makeCa("assaygate test cluster");
  const serving = await issue(ca, {
    dns: ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"],
    ip: ["127.0.0.1", ...addresses],
  });
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const token = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return {
    ca: ca.cert,
    caFile: await file("ca.crt", ca.cert),
    servingCertFile: await file("serving.crt", serving.cert),
    servingKeyFile: await file("serving.key", serving.key),
    tokenKeyFile: await file("token.key", token.privateKey),
    tokenPublicKeyFile: await file("token.pub", token.publicKey),
    async kubeconfig(url, user, group) {
      const client = await clientCertificate(ca, user, group);
      return file(`${fileName(user)}.kubeconfig`, stringify(kubeconfig(url, ca, client)));
    },
    async clientFiles(user, group) {
      const { cert, key } = await clientCertificate(ca, user, group);
      return { certFile: await file(`${fileName(user)}.crt`, cert), keyFile: await file(`${fileName(user)}.key`, key) };
    },
  };
}

const fileName = (user: string): string => user.replaceAll(":", "-");

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#x509-client-certificates */
function clientCertificate(ca: Ca, user: string, group: string | undefined): Promise<Issued> {
  return issue(ca, { usage: "client", subject: `CN=${user}${group === undefined ? "" : `, O=${group}`}` });
}

function kubeconfig(url: string, ca: Ca, { cert, key }: Issued): object {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: url, "certificate-authority-data": base64(ca.cert) } }],
    users: [{ name: "test", user: { "client-certificate-data": base64(cert), "client-key-data": base64(key) } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    "current-context": "test",
  };
}
