import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { startLoad } from "../e2e/load.ts";
import type { Json } from "../support/artifacts.ts";
import type { ClusterClient } from "../support/cluster/client.ts";
import { eventually } from "../support/cluster/eventually.ts";
import { gateNamespace, judgedNamespace } from "../support/node/gate.ts";
import type { NodeProcess } from "../support/node/processes.ts";
import { readMemory } from "../support/process-figures.ts";
import { checkout } from "../support/node/root.ts";

const loops = 8;
const reviewsMs = 180_000;

/** More than the gate remembers the reading of. */
const differentObjects = 1_000;

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
    workingSetMiB: Math.round(readWorkingSet(pid) / 2 ** 20),
  };
  process.stdout.write(
    `${hostName} ${when}: ${memory.residentMiB} MiB resident (at most ${memory.peakMiB}), ${memory.anonymousMiB} of them anonymous; working set of its container ${memory.workingSetMiB}\n`,
  );
  return memory;
}

/** What a control group uses without the pages of files that nothing has used of late. Bytes. Version 1 and version 2. */
function readWorkingSet(pid: number): number {
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").trimEnd().split("\n");
  const [own] = lines.filter((line) => line.split(":")[1] === "memory");
  const [, path = ""] = /^\d+:[^:]*:(.*)$/.exec(own ?? lines.find((line) => line.startsWith("0::")) ?? "") ?? [];
  const folder = join("/sys/fs/cgroup", own === undefined ? "" : "memory", path);
  const usage = readFileSync(join(folder, own === undefined ? "memory.current" : "memory.usage_in_bytes"), "utf8");
  const stat = readFileSync(join(folder, "memory.stat"), "utf8");
  const name = own === undefined ? "inactive_file" : "total_inactive_file";
  const [, inactive] = new RegExp(`^${name} (\\d+)$`, "m").exec(stat) ?? [];
  return Number(usage) - Number(inactive);
}

/** Has the API server ask the gate until one replica has answered so many reviews. Resolves to that replica's pod. */
export async function reviewUntil(cluster: ClusterClient, pods: readonly string[], reviews: number): Promise<string> {
  const evaluated = parse(readFileSync(join(checkout, "docs/examples/deployment.yaml"), "utf8")) as Json;
  const deployments = Array.from({ length: differentObjects }, (_, at) => {
    const metadata = {
      ...(at % 2 === 0 ? (evaluated["metadata"] as Json) : {}),
      name: `model-${at}`,
      namespace: judgedNamespace,
    };
    return { ...evaluated, metadata };
  });
  const load = await startLoad(cluster, judgedNamespace, deployments, loops);
  try {
    return await eventually(
      "reviews",
      async () => {
        if (load.count() < reviews) return undefined;
        const counts = await Promise.all(pods.map((pod) => countReviews(cluster, pod)));
        return pods[counts.findIndex((count) => count >= reviews)];
      },
      { deadlineMs: reviewsMs, pollMs: 1_000 },
    );
  } finally {
    await load.over();
  }
}

/** What the replica itself has counted, asked through the API server. */
async function countReviews(cluster: ClusterClient, pod: string): Promise<number> {
  const metrics = await cluster.admin([
    "get",
    "--raw",
    `/api/v1/namespaces/${gateNamespace}/pods/${pod}:8080/proxy/metrics`,
  ]);
  const counts = [...metrics.matchAll(/^assaygate_admission_requests_total\{.*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
