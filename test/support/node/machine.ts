import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";

/** What a node could leave behind on a machine, or change there. */
export interface MachineState {
  readonly mounts: readonly string[];
  readonly interfaces: readonly string[];
  readonly controlGroups: readonly string[];
  readonly settings: readonly string[];
  readonly files: readonly string[];
}

/** Where programs of a node keep files when nothing stops them. */
const folders = `/etc/cni /etc/cni/net.d /etc/containers /opt/cni /run/containerd /run/netns /usr/libexec
  /var/lib /var/lib/cni /var/lib/containerd /var/lib/containers /var/lib/kubelet /var/log/pods /var/log/containers`;

const settings = `vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys
  net/ipv4/ip_forward net/bridge/bridge-nf-call-iptables`;

const words = (text: string): string[] => text.split(/\s+/);

/** Of what nodes that this process started have made. Others may run beside it. */
const ownPrefix = `assaygate-node-${process.pid}-`;

/** As it is now. */
export function machineState(): MachineState {
  const temporary = entries(tmpdir()).filter((name) => name.startsWith(ownPrefix));
  return {
    mounts: lines("/proc/self/mountinfo").map((line) => line.split(" ").slice(3, 5).join(" ")),
    interfaces: readdirSync("/sys/class/net").toSorted(),
    controlGroups: groupsNamed(ownPrefix),
    settings: words(settings).map(
      (name) => `${name} ${existsSync(`/proc/sys/${name}`) ? lines(`/proc/sys/${name}`)[0] : ""}`,
    ),
    files: [
      ...temporary,
      ...words(folders).flatMap((folder) => entries(folder).map((name) => `${folder}/${name}`)),
    ].toSorted(),
  };
}

function groupsNamed(prefix: string): string[] {
  const found = readdirSync("/sys/fs/cgroup", { recursive: true, encoding: "utf8" });
  return found.filter((path) => path.includes(prefix));
}

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function lines(file: string): string[] {
  return readFileSync(file, "utf8").trimEnd().split("\n");
}
