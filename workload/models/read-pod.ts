import type { Budget } from "../budget.ts";
import { type ConfigMapKeys, type Container, readContainer } from "../containers.ts";
import { type Reaches, reachesAccelerator } from "../hardware/reach.ts";
import type { Pod } from "../pod.ts";
import { type Fields, listPlaces, getTexts, type Place } from "../shape.ts";
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
export function readPod(pod: Pod, reaches: Reaches, surroundings: PodSurroundings, budget: Budget): ReadPod {
  const volumes = readVolumes(pod, budget);
  const otherHub = hubAlias(pod.fields, pod.path);
  const known = { ...surroundings, volumes, otherHub, budget };
  const containers = pod.containers.map((place, at) =>
    readOne(place, isReaching(pod, reaches, surroundings, at), known),
  );
  const near = tellServers(bringNear(pod, containers));
  const written = listWrittenFiles(near);
  const files = { volumes, filled: [...near.flatMap(placeDownloads), ...written], budget };
  const hostPath = surroundings.startsContainers && pod.isEverywhere !== true ? `${pod.path}.containers[0]` : undefined;
  const vetted = near.map((read) => {
    const host = read.container.path === hostPath ? readHost(read, files, otherHub) : undefined;
    return { ...checkCaches(read, files), host };
  });
  return {
    containers: vetted,
    volumes,
    downloads: vetted.flatMap(placeDownloads),
    written,
    operatorName: findOperatorName(volumes, vetted),
  };
}

function isReaching(
  pod: Pod,
  reaches: Reaches,
  { isAnywhere, isElsewhere, isOperated }: PodSurroundings,
  at: number,
): boolean {
  const place = pod.containers[at];
  if (place === undefined) return false;
  return (
    (pod.isEverywhere === true && isAnywhere) ||
    (isElsewhere && isOperated(place.path)) ||
    reachesAccelerator(reaches, place, reaches.ofContainers[at])
  );
}

/** What of its pod counts for one container. */
interface Known extends PodSurroundings {
  readonly volumes: Volumes;
  /** The pod gives a hub another address, in words. */
  readonly otherHub: string | undefined;
  readonly budget: Budget;
}

function readOne(
  place: Place,
  reaches: boolean,
  { volumes, otherHub, isOperated, startsContainers, budget, ...known }: Known,
): ReadContainer {
  const written = readContainer(place, budget, known);
  const container = isOperated(place.path) ? addTemplateArguments(written, budget) : written;
  const mounts = nameAlike(readMounts(place, budget), volumes);
  const read = readContainerPrograms(
    container,
    (downloads) => readCode(container, mounts, volumes, downloads),
    reaches,
    budget,
  );
  const opaque =
    read.opaque ??
    (read.servers.length + read.downloads.length > 0 ? otherHub : undefined) ??
    (read.isOwnEntryPoint && !(startsContainers && !container.hasCommand && container.words.length === 0)
      ? "the image starts by its own entry point, and nothing says what that loads"
      : undefined);
  return { ...vetTemplates(read, container, mounts, volumes), opaque, container, mounts, reaches, host: undefined };
}

/** Who sees the processes of a container that reaches an accelerator reaches it, too. */
function bringNear({ fields }: Pod, containers: readonly ReadContainer[]): readonly ReadContainer[] {
  const sharesProcesses = fields["shareProcessNamespace"] === true || fields["hostPID"] === true;
  const isAnyNear = sharesProcesses && (containers.length > 1 || containers.some(({ reaches }) => reaches));
  return containers.map((read) => ({
    ...read,
    reaches: read.reaches || isAnyNear || isDebugger(read.container.fields),
  }));
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
