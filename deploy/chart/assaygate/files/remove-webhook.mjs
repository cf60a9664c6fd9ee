/**
 * Deletes the gate's webhook configuration, with the pod's own service account. Ends with 0 when it is gone, also if
 * it was gone before. Reads KUBERNETES_SERVICE_HOST and _PORT, NAME, and the account's token; NODE_EXTRA_CA_CERTS must
 * name the cluster's authority.
 */
import { readFileSync } from "node:fs";

const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, NAME: name, TOKEN_FILE: tokenFile } = process.env;
const authority = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${name}`;
const response = await fetch(`https://${authority}${path}`, {
  method: "DELETE",
  headers: { authorization: `Bearer ${readFileSync(tokenFile, "utf8").trim()}` },
  signal: AbortSignal.timeout(15_000),
});
process.stdout.write(`delete validatingwebhookconfiguration ${name}: HTTP ${response.status}\n`);
if (!response.ok && response.status !== 404) {
  process.stderr.write(`${await response.text()}\n`);
  process.exitCode = 1;
}
