import { dirname, join } from "node:path";
import { requirePath } from "../../scripts/components/locate.ts";
import type { ClusterClient } from "../support/cluster/client.ts";
import { startProgram, type Program } from "../support/cluster/program.ts";

/**
 * Starts cert-manager's controllers and its CA injector beside a cluster, with its definitions. Its own webhook, which
 * judges its resources, is not there. Stop it.
 */
export async function startCertManager(cluster: ClusterClient): Promise<Program> {
  await cluster.admin(["apply", "--server-side", "-f", dirname(requirePath("cert-manager-definitions"))]);
  const established = ["--for=condition=Established", "--timeout=30s"];
  await cluster.admin(["wait", ...established, "crd/certificates.cert-manager.io", "crd/issuers.cert-manager.io"]);
  const KUBECONFIG = cluster.kubeconfig;
  return startProgram(requirePath("cert-manager"), [], join(cluster.folder, "cert-manager.log"), { KUBECONFIG });
}
