import { execFileSync } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { locate } from "../../../../scripts/components/locate.ts";
import { clusterComponents, startCluster } from "../cluster.ts";
import { announceRunFolder, writeSharedState } from "../shared.ts";
import { keepForTeardown } from "./running.ts";

const build = join(import.meta.dirname, "../../../../scripts/build.ts");

/**
 * Before the first end-to-end suite: bundles the program and starts the cluster that all suites share.
 *
 * Nothing that goes wrong here stops the other tests; the suites that need it fail with the reason instead.
 */
export default async function setup(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "assaygate-e2e-"));
  announceRunFolder(folder);
  if (clusterComponents.some((name) => "missing" in locate(name))) {
    writeSharedState(folder, { problem: "components are missing" });
    return;
  }
  try {
    const bundle = join(folder, "assaygate.mjs");
    execFileSync(process.execPath, [build, "--outfile", bundle], { stdio: ["ignore", "ignore", "inherit"] });
    const cluster = await startCluster({ folder: join(folder, "cluster") });
    keepForTeardown(cluster);
    const { url, ca, kubeconfig, auditLog, controllers } = cluster;
    writeSharedState(folder, {
      bundle,
      cluster: { url, ca, kubeconfig, auditLog, folder: cluster.folder, controllers },
    });
  } catch (error) {
    writeSharedState(folder, { problem: error instanceof Error ? error.message : String(error) });
  }
}
