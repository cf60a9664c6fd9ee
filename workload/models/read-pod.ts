import type { Budget } from "../budget.ts";
import { type ConfigMapKeys, type Container, readContainer } from "../containers.ts";
import { type Reaches, reachesAccelerator } from "../hardware/reach.ts";
import type { Pod } from "../pod.ts";
import { type Fields, listPlaces, getTexts } from "../shape.ts";
import { readCode } from "../programs/code.ts";
import type { Download } from "../programs/downloads.ts";
import { addTemplateArguments } from "../servers/additional-arguments.ts";
import { checkCaches } from "./filled-caches.ts";
import { listWrittenFiles, type WrittenFile } from "./written-files.ts";
import { type Host, readHost } from "./hosts.ts";
import { findOperatorName } from "./operator-files.ts";
import { findForeignTemplate } from "./templates.ts";
import { type ServerReading, toUnknownReading } from "../servers/read-server.ts";
import { type ContainerReading, readContainerPrograms } from "../servers/read-container.ts";
import {
  type Mount,
  findMount,
  locateInVolume,
  nameAlike,
  readMounts,
  readVolumes,
  type VolumePlace,
  type Volumes,
} from "../volumes.ts";

/** A container, what its commands say, and what it mounts. */
export interface ReadContainer extends ContainerReading {
  readonly container: Container;
  readonly mounts: readonly Mount[];
  /** It can reach an accelerator, or the processes of one that does. */
  readonly reaches: boolean;
  /** Where others send it what it runs. */
  readonly host: Host | undefined;
}

/** A download, and where in which volume it ends. */
export interface PlacedDownload {
  readonly download: Download;
  /** Undefined: in the container's own file system, or in the hub client's cache. */
  readonly place: VolumePlace | undefined;
  /** Path of the container that runs it. */
  readonly container: string;
}

/** A pod, understood as far as that goes. */
export interface ReadPod {
  readonly containers: readonly ReadContainer[];
  readonly volumes: Volumes;
  readonly downloads: readonly PlacedDownload[];
  readonly written: readonly WrittenFile[];
  /** A name in it that an operator may take for one of its own. */
  readonly operatorName: string | undefined;
}

/** What is known beside the pod. */
export interface PodSurroundings {
  /** An accelerator may be asked for outside the object, so that every container which an operator starts may reach one. */
  readonly isElsewhere: boolean;
  /** One of the object's pods reaches an accelerator, or may. Asked for pods whose containers run in any of them. */
  readonly isAnywhere: boolean;
  readonly configMapKeys: ConfigMapKeys | undefined;
  readonly startsContainers: boolean;
  /** Variables that the operator sets, see the kinds. */
  readonly variables: readonly string[];
  /** Whether an operator starts the server of the container at this path. */
  readonly isOperated: (path: string) => boolean;
}

/**
 * What runs in a pod, and what it downloads. Throws a WorkloadError, and a WorkloadTooLarge where the budget is spent.
 */
export function readPod(
  pod: Pod,
  reaches: Reaches,
  { isElsewhere, isAnywhere, isOperated, startsContainers, ...known }: PodSurroundings,
  budget: Budget,
): ReadPod {
  const volumes = readVolumes(pod, budget);
  const sharesProcesses = pod.fields["shareProcessNamespace"] === true || pod.fields["hostPID"] === true;
  const reach = pod.containers.map(
    (place, at) =>
      (pod.isEverywhere === true && isAnywhere) ||
      (isElsewhere && isOperated(place.path)) ||
      reachesAccelerator(reaches, place, reaches.ofContainers[at]),
  );
  const isAnyNear = sharesProcesses && (pod.containers.length > 1 || reach.includes(true));
  const otherHub = hubAlias(pod.fields, pod.path);
  const containers = pod.containers.map((place, at): ReadContainer => {
    const written = readContainer(place, budget, known);
    const container = isOperated(place.path) ? addTemplateArguments(written, budget) : written;
    const mounts = nameAlike(readMounts(place, budget), volumes);
    const isNear = reach[at] === true || isAnyNear || isDebugger(place.fields);
    const read = readContainerPrograms(
      container,
      (downloads) => readCode(container, mounts, volumes, downloads),
      reach[at] === true,
      budget,
    );
    const opaque =
      read.opaque ??
      (read.servers.length + read.downloads.length > 0 ? otherHub : undefined) ??
      (read.isOwnEntryPoint && !(startsContainers && !container.hasCommand && container.words.length === 0)
        ? "the image starts by its own entry point, and nothing says what that loads"
        : undefined);
    return {
      ...vetTemplates(read, container, mounts, volumes),
      opaque,
      container,
      mounts,
      reaches: isNear,
      host: undefined,
    };
  });
  const told = tellServers(containers);
  const written = listWrittenFiles(told);
  const files = { volumes, filled: [...told.flatMap(placeDownloads), ...written], budget };
  const hostPath = startsContainers && pod.isEverywhere !== true ? `${pod.path}.containers[0]` : undefined;
  const vetted = told.map((read) => {
    const host = read.container.path === hostPath ? readHost(read, files, otherHub) : undefined;
    return { ...checkCaches(read, files), host };
  });
  const operatorName = findOperatorName(
    volumes,
    told.map(({ container }) => container),
  );
  return { containers: vetted, volumes, downloads: vetted.flatMap(placeDownloads), written, operatorName };
}

function vetTemplates(
  read: ContainerReading,
  container: Container,
  mounts: readonly Mount[],
  volumes: Volumes,
): ContainerReading {
  const vet = (reading: ServerReading): ServerReading => ({
    ...reading,
    problem: reading.problem ?? findForeignTemplate(reading, container, mounts, volumes),
  });
  return { ...read, servers: read.servers.map(vet), settings: read.settings && vet(read.settings) };
}

/** The pod's servers load what a container of the pod tells them. Where it has none, one elsewhere does: a model that nobody knows. */
function tellServers(containers: readonly ReadContainer[]): readonly ReadContainer[] {
  const call = containers.find((read) => read.call !== undefined)?.call;
  if (call === undefined) return containers;
  const { problem, field } = call;
  const hasServers = containers.some(({ servers }) => servers.length > 0);
  return containers.map((read) => {
    const servers = read.servers.map((reading) => ({ ...reading, problem: reading.problem ?? problem }));
    return { ...read, servers: hasServers || read.call !== call ? servers : [toUnknownReading(problem, field)] };
  });
}

/** `kubectl debug --target`: it sees the processes and files of the container that it names. */
function isDebugger({ targetContainerName }: Fields): boolean {
  return typeof targetContainerName === "string" && targetContainerName !== "";
}

const hubHosts =
  /(?:^|\.)(?:huggingface\.co|hf\.co|modelscope\.(?:cn|ai)|ngc\.nvidia\.com|nvcr\.io|github\.com|pypi\.org|pythonhosted\.org)$/i;

/** The pod gives a hub another address, in words. */
function hubAlias(podSpec: Fields, path: string): string | undefined {
  const hosts = listPlaces(podSpec, "hostAliases", path).flatMap(({ fields, path: at }) =>
    getTexts(fields, "hostnames", at),
  );
  const host = hosts.find((name) => hubHosts.test(name));
  return host && `hostAliases gives ${host} another address`;
}

function placeDownloads({ container, downloads, mounts }: ReadContainer): PlacedDownload[] {
  return downloads.map((download) => {
    const mount = download.target === undefined ? undefined : findMount(download.target, mounts);
    const place = mount === undefined ? undefined : locateInVolume(mount, download.target ?? "");
    return { download, place, container: container.path };
  });
}
