import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gateNamespace } from "../support/node/gate.ts";
import { findApiServer, type NodeProcess } from "../support/node/processes.ts";
import type { NodeCluster } from "../support/node/start.ts";
import { readWorkingSet } from "../support/node/groups/working-set.ts";
import { readMemory } from "../support/process-figures.ts";
import type { PodReviews } from "./send-reviews.ts";

/** What a replica holds, in MiB. */
export interface ReplicaMemory {
  /** Of this one process. */
  readonly residentMiB: number;
  /** The part of it that no file stands behind. */
  readonly anonymousMiB: number;
  /** The most that was resident so far. */
  readonly peakMiB: number;
  /** What the kubelet reports of its container, and what `kubectl top` shows. */
  readonly workingSetMiB: number;
}

/** Reads what a replica holds now, and prints it with `when`. */
export function printMemory({ pid, hostName }: NodeProcess, when: string): ReplicaMemory {
  const { rssMiB, anonymousMiB } = readMemory(pid);
  const [, peakKiB] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  const memory = {
    residentMiB: Math.round(rssMiB),
    anonymousMiB: Math.round(anonymousMiB),
    peakMiB: Math.round(Number(peakKiB) / 1024),
    workingSetMiB: Math.round(readWorkingSet(readFileSync(`/proc/${pid}/cgroup`, "utf8")) / 2 ** 20),
  };
  process.stdout.write(
    `${hostName} ${when}: ${memory.residentMiB} MiB resident (at most ${memory.peakMiB}), ${memory.anonymousMiB} of them anonymous; working set of its container ${memory.workingSetMiB}\n`,
  );
  return memory;
}

/**
 * Sends a replica so many reviews, as fast as it answers, from where the API server is. Rejects where one is not answered.
 */
export async function sendToPod(cluster: NodeCluster, pod: string, amount: number): Promise<void> {
  const ip = await cluster.admin(["-n", gateNamespace, "get", `pod/${pod}`, "-o=jsonpath={.status.podIP}"]);
  const path = "-o=jsonpath={.webhooks[0].clientConfig.caBundle}";
  const bundle = await cluster.admin(["get", "validatingwebhookconfiguration/assaygate", path]);
  const ca = Buffer.from(bundle, "base64").toString();
  const asked: PodReviews = { url: `https://${ip}:8443`, ca, amount };
  const client = [process.execPath, join(import.meta.dirname, "send-reviews.ts"), JSON.stringify(asked)];
  await promisify(execFile)("nsenter", ["-t", String(findApiServer(cluster.groups).pid), "-n", ...client]);
}
