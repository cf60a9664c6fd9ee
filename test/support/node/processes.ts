import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A process of a node, as the machine sees it. */
export interface NodeProcess {
  /** Outside the namespaces: it can be sent a signal. */
  readonly pid: number;
  readonly commandLine: readonly string[];
  /** Of its pod, where it is in one. */
  readonly hostName: string | undefined;
}

/** All processes in these control groups and those inside them. */
export function processesIn(groups: readonly string[]): NodeProcess[] {
  const pids = new Set(groups.flatMap((group) => pidsIn(group)));
  return [...pids].flatMap((pid) => {
    try {
      const commandLine = wordsIn(`/proc/${pid}/cmdline`);
      const variable = wordsIn(`/proc/${pid}/environ`).find((each) => each.startsWith("HOSTNAME="));
      return [{ pid, commandLine, hostName: variable?.slice("HOSTNAME=".length) }];
    } catch {
      // It has ended.
      return [];
    }
  });
}

/** Replicas of the gate, each as the one process in its container. */
export function gateProcesses(groups: readonly string[]): NodeProcess[] {
  return processesIn(groups).filter(({ commandLine }) => commandLine.includes("/app/assaygate.mjs"));
}

/** The API server, whose network is the first node's. */
export function findApiServer(groups: readonly string[]): NodeProcess {
  const found = processesIn(groups).find(({ commandLine }) => commandLine[0]?.endsWith("/kube-apiserver") === true);
  if (found === undefined) throw new Error("there is no API server");
  return found;
}

/** A line of /proc/PID/status, such as `CapEff`, without its name. */
export function statusOf(pid: number, name: string): string | undefined {
  const line = readFileSync(`/proc/${pid}/status`, "utf8")
    .split("\n")
    .find((each) => each.startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim();
}

/** How much of a processor a process has taken so far, in ticks of the clock. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
export function processorTicks(pid: number): number {
  const [, after = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const fields = after.split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function pidsIn(group: string): number[] {
  const inner = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const own = readFileSync(join(group, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  return [...own, ...inner.flatMap(({ name }) => pidsIn(join(group, name)))];
}

function wordsIn(file: string): string[] {
  return readFileSync(file, "utf8").split("\0").filter(Boolean);
}
