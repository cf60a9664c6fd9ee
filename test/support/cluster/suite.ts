import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { expect, jest } from "@jest/globals";
import type { ComponentName } from "../../../scripts/components/catalogue.ts";
import { describeWith } from "../components.ts";
import { clientOf, type ClusterClient } from "./client.ts";
import { clusterComponents, startCluster, type Cluster, type ClusterOptions } from "./cluster.ts";
import { startGateProcess, type GateProcess, type GateProcessOptions } from "./gate-process.ts";
import { addToReport } from "./report.ts";
import { readSharedState, runFolder } from "./shared.ts";

/** Control planes and controllers take their time, the more so on a busy machine. Holds for hooks, too. It ends what hangs. */
const testTimeoutMs = 300_000;

/**
 * A suite on the cluster that all end-to-end suites share. Other suites may run on it at the same time: use namespaces of
 * one's own (`uniqueName`), and a cluster of one's own (`startOwnCluster`) for what changes the cluster as a whole. `further`
 * are components that the suite needs besides the cluster's.
 */
export function describeOnCluster(title: string, suite: () => void, further: readonly ComponentName[] = []): void {
  jest.setTimeout(testTimeoutMs);
  describeWith([...clusterComponents, ...further], title, suite);
}

/** The shared cluster, inside `describeOnCluster`. What its `kubectl` and `apply` print goes into the report. */
export function sharedCluster(): ClusterClient {
  const { cluster, problem } = readSharedState(folderOfRun());
  if (cluster === undefined) throw new Error(`the shared cluster did not start: ${problem}`);
  return clientOf(cluster, record);
}

/** A cluster for one suite alone, reported like the shared one. Stop it. */
export async function startOwnCluster(options: Omit<ClusterOptions, "record" | "folder"> = {}): Promise<Cluster> {
  return startCluster({ ...options, folder: await temporaryFolder("cluster"), record });
}

/** The bundled gate as a process, with its log among those that are shown when tests fail. Stop it. */
export function startGate(options: Omit<GateProcessOptions, "bundle" | "parent">): Promise<GateProcess> {
  const { bundle, problem } = readSharedState(folderOfRun());
  if (bundle === undefined) throw new Error(`the program was not bundled: ${problem}`);
  return startGateProcess({ ...options, bundle, parent: folderOfRun() });
}

/** An empty folder that goes when the run ends, or stays with the logs when tests fail. */
export function temporaryFolder(name: string): Promise<string> {
  return mkdtemp(join(folderOfRun(), `${name}-`));
}

/** A name that no other suite uses, such as `prod-1f2e3d4c`. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString("hex")}`;
}

function folderOfRun(): string {
  const folder = runFolder();
  if (folder === undefined) throw new Error("end-to-end tests run in the project e2e of jest.config.ts: npm run e2e");
  return folder;
}

/** Commands outside a test, as in beforeAll, are preparations and are not reported. */
function record(command: string, firstLine: string): void {
  const { currentTestName, testPath = "" } = expect.getState();
  if (currentTestName === undefined) return;
  const suite = /([^/]+)\.test\.ts$/.exec(testPath)?.[1] ?? testPath;
  addToReport(folderOfRun(), { suite, case: currentTestName, command, firstLine });
}
