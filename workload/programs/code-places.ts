import { isWithin, normalizePath } from "../file-path.ts";
import type { Mount, Volumes } from "../volumes.ts";
import { isFields } from "../shape.ts";

/** Places in which images keep programs, libraries and modules. What is mounted there, above or below, may be other code. */
const codePlaces = (
  "/bin /sbin /lib /lib32 /lib64 /usr/bin /usr/sbin /usr/lib /usr/lib64 /usr/libexec /usr/local/bin /usr/local/sbin " +
  "/usr/local/lib /usr/local/libexec /opt/venv /opt/conda /opt/python /root/.local /root/.pyenv /root/miniconda3 /venv " +
  "/usr/local/lib64 /etc/ld.so.cache /etc/alternatives /etc/pip.conf /etc/gitconfig /etc/hosts /etc/resolv.conf /etc/nsswitch.conf /etc/OpenCL " +
  "/etc/passwd /etc/ssl/openssl.cnf /etc/pki/tls/openssl.cnf /etc/openmpi /etc/openmpi-mca-params.conf /etc/libibverbs.d " +
  "/etc/nccl.conf /etc/ucx /etc/vulkan /usr/include /nix /snap /ovms " +
  "/vllm-workspace /sgl-workspace /etc/profile /etc/profile.d /etc/bash.bashrc /etc/ld.so.preload /etc/ld.so.conf /etc/ld.so.conf.d"
).split(" ");

/** Drivers: the device plugins of some clouds mount them from the node, which is not a place of the requester's. */
const driverPlaces = ["/usr/local/nvidia", "/usr/local/cuda"];

/** Folders and files of other names that hold programs, libraries, modules, or what shells and installers read. */
const codeNames =
  /(?:^|\/)(?:bin|sbin|lib(?:exec|32|64)?|site-packages|dist-packages|python[0-9.]*|\.local|[\w.-]*venv|\.pyenv|\.config\/(?:pip|git|uv)|(?:ana|mini)?conda[0-9]*|miniforge[0-9]*|mambaforge|micromamba|\.bash_profile|\.bash_login|\.profile|\.bashrc|\.zshenv|\.gitconfig|\.pip|\.nccl\.conf|\.openmpi|\.pmix)(?:\/|$)|\.(?:so(?:\.[0-9.]+)?|py|pyc|pth|egg-link)$/;

/** Packages and servers that images keep beside their working directory. */
const packageFolder =
  /^(?:\/(?:app|workspace|code|src|usr\/src|root|opt))?\/(?:vllm|sglang|transformers|torch|huggingface_hub|lmdeploy|ray|huggingfaceserver|llama-server|text-generation-launcher|text-embeddings-router|infinity_emb|tensorrt_llm|mlc_llm)(?:\/|$)/;

/** Where images of others keep the script by which they start. */
const entryName =
  /(?:^|\/)[^/]*(?:entry-?point[^/]*|\.(?:sh|bash))(?:\/|$)|^\/opt\/nim$|^\/(?:app\/)?(?:start|run|launch|init|serve)(?:\/|$)/i;

/** Whether what is mounted there may be the script by which an image starts. */
export function mayBeEntryPoint(mount: string): boolean {
  return entryName.test(mount);
}

/** Whether a path looks like one of programs, libraries or modules, wherever it lies. */
export function isCode(path: string): boolean {
  return (codeNames.test(path) && !path.startsWith("/var/lib/")) || packageFolder.test(path);
}

/** Whether it lies where images keep programs, libraries and modules. */
export function isInCodePlace(path: string): boolean {
  return codePlaces.some((place) => isWithin(path, place));
}

/** Whether what is mounted there may be other programs, libraries, modules or drivers than the image's. */
export function replacesCode(mount: string): boolean {
  return (
    isCode(mount) || [...codePlaces, ...driverPlaces].some((place) => isWithin(mount, place) || isWithin(place, mount))
  );
}

/** Where the drivers lie on the nodes of clouds. */
const nodeDrivers =
  /^\/(?:home\/kubernetes\/bin\/nvidia|usr\/local\/(?:nvidia|cuda)|opt\/nvidia|run\/nvidia|var\/lib\/nvidia|usr\/lib\/nvidia)[^/]*(?:\/|$)/;

/** The node's own drivers, mounted from the node. */
export function isDriver({ at, volume }: Mount, { byName }: Volumes): boolean {
  const host = byName.get(volume)?.fields["hostPath"];
  const from = isFields(host) ? host["path"] : undefined;
  return (
    typeof from === "string" &&
    nodeDrivers.test(normalizePath(from)) &&
    driverPlaces.some((place) => isWithin(at, place))
  );
}

/** Folders beside the code that hold data, and those of the system: nobody imports a module of such a name. */
const dataFolder =
  /^(?:models?|data|datasets?|caches?|\.[\w-]+|configs?|logs?|weights|adapters?|loras?|templates?|certs?|secrets?|tokens?|hf|huggingface|outputs?|results?|checkpoints?|dev|etc|home|mnt|media|opt|proc|root|run|srv|sys|tmp|usr|var|bin|lib|lib64|sbin|shm|scratch|workspace)$/;

/** A volume directly below a folder that is searched stands there under a name of its own. */
export function mayBeModule(mount: string, folder: string): boolean {
  if (mount === folder || !isWithin(mount, folder)) return false;
  const [name = ""] = mount.slice(folder.length + 1).split("/", 1);
  return !dataFolder.test(name);
}
