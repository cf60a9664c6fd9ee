/** Devices and links below /dev that no accelerator hides behind. */
const harmless = new Set([
  "shm",
  "mqueue",
  "hugepages",
  "fuse",
  "kvm",
  "kmsg",
  "log",
  "null",
  "zero",
  "full",
  "random",
  "urandom",
  "tty",
  "pts",
  "ptmx",
  "net",
  "vhost-net",
  "vhost-vsock",
  "infiniband",
  "disk",
  "mapper",
  "loop-control",
  "rtc",
  "hwrng",
  "tpm0",
  "tpmrm0",
]);

/** Sockets by which containers are started, and folders that hold them. */
const runtimes =
  /^(?:\/var)?\/run(?:$|\/(?:docker\.sock|containerd(?:$|\/containerd\.sock)|crio(?:$|\/crio\.sock)|k3s(?:$|\/containerd(?:$|\/containerd\.sock))|podman(?:$|\/podman\.sock)))/;

/**
 * Whether a path of the node leads to its devices: `/dev` or what is in it and not known to be harmless, and `/`, which holds
 * it. `/proc/1/root` is another name of `/`.
 */
export function leadsToDevices(hostPath: string): boolean {
  const [first, second, third] = resolved(hostPath);
  if (first === undefined || runtimes.test(`/${resolved(hostPath).join("/")}`)) return true;
  if (first === "proc") return third === "root" || third === "cwd";
  return first === "dev" && (second === undefined || !harmless.has(second));
}

/** The kernel's view of a path, as far as its text tells. */
function resolved(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts;
}

/** Where the NVIDIA runtime looks for mounts that name devices: https://github.com/NVIDIA/k8s-device-plugin (device-list-strategy) */
const deviceListMount = ["var", "run", "nvidia-container-devices"];
const deviceListMountShort = deviceListMount.slice(1);

/** Whether a mount in the container asks the runtime for devices. */
export function namesDevices(mountPath: string): boolean {
  if (!mountPath.includes("nvidia-container-devices")) return false;
  const parts = resolved(mountPath);
  return [deviceListMount, deviceListMountShort].some((list) => list.every((part, at) => parts[at] === part));
}
