import type { Budget } from "../budget.ts";
import type { Container } from "../containers.ts";
import { isOpaque } from "../expansion.ts";
import { isWithin } from "../file-path.ts";
import { type Cache, listCaches, listUsualCaches, mayFillCache } from "../programs/caches.ts";
import { type ContainerReading, manyCaches } from "../servers/read-container.ts";
import type { ServerReading } from "../servers/read-server.ts";
import {
  addOverlapping,
  findMount,
  isFilled,
  locateInVolume,
  type Mount,
  mayOverlap,
  type VolumePlace,
  type Volumes,
} from "../volumes.ts";

/** A container that may look into caches. */
export interface Reader extends ContainerReading {
  readonly container: Container;
  readonly mounts: readonly Mount[];
}

/** What is known of the pod beside the container. `filled`: where its containers put what they download and write. */
export interface PodFiles {
  readonly volumes: Volumes;
  readonly filled: readonly { readonly place: VolumePlace | undefined }[];
  readonly budget: Budget;
}

/**
 * The container, of which servers and downloads that look into a cache which the object itself fills are unknown: by a
 * download into its volume, or because the volume is an image, a ConfigMap or the like. A volume that outlives the pod, or that
 * other pods fill, is trusted to hold what its names say.
 */
export function checkCaches<R extends Reader>(read: R, pod: PodFiles): R {
  const { servers, downloads, settings } = read;
  const isReader = servers.length + downloads.length > 0 || settings !== undefined;
  if (!isReader || !isAnyFilled(read, pod)) return read;
  const caches = listCachesOf(read, pod);
  const vet = (reading: ServerReading): ServerReading => ({
    ...reading,
    problem: reading.problem ?? findProblem(read, caches, reading, pod),
  });
  const problem = downloads.length === 0 ? undefined : findProblem(read, caches, undefined, pod);
  return {
    ...read,
    servers: servers.map(vet),
    settings: settings && vet(settings),
    downloads: downloads.map((one) => ({ ...one, problem: one.problem ?? problem })),
  };
}

/** Why what the container loads by name may be taken from a cache that the object fills. */
export function findCacheProblem(read: Reader, pod: PodFiles): string | undefined {
  return isAnyFilled(read, pod) ? findProblem(read, listCachesOf(read, pod), undefined, pod) : undefined;
}

type Caches = readonly Cache[] | undefined;

function listCachesOf({ container, lookups }: Reader, { budget }: PodFiles): Caches {
  budget.spend("expandedCharacters", lookups.length, container.path);
  return listCaches(lookups);
}

/** In most pods nothing fills any volume. */
function isAnyFilled({ mounts }: Reader, { volumes, filled }: PodFiles): boolean {
  if (mounts.length === 0) return false;
  return (
    filled.some(({ place }) => place !== undefined) || mounts.some(({ volume }) => isFilled(volumes.byName.get(volume)))
  );
}

function findProblem(
  { container, mounts }: Reader,
  caches: Caches,
  reading: ServerReading | undefined,
  pod: PodFiles,
): string | undefined {
  if (caches === undefined) return manyCaches;
  const source = reading?.source?.startsWith("/") === true ? reading.source : undefined;
  pod.budget.spend("expandedCharacters", caches.length, container.path);
  const looksUpNames = source === undefined || (reading?.drafts.length ?? 0) + (reading?.adapters.length ?? 0) > 0;
  const own = source === undefined ? undefined : findMount(source, mounts);
  const asked = caches.filter((one) => looksUpNames || !one.isForNames);
  for (const cache of [...asked, ...mounts.flatMap(({ at }) => listUsualCaches(at))]) {
    const places = findCachePlaces(cache, mounts, pod).filter(({ mount }) => mount !== own);
    const filled = places.find((place) => isFilledAt(place, pod));
    if (filled !== undefined)
      return `the volume at ${filled.mount.at} holds a cache, and this object fills it: models and code in it may be any`;
  }
  return undefined;
}

/** What it costs to compare a cache with a mount. */
const charactersPerMount = 8;

/** A part of a volume in which a cache, or some of it, lies. */
interface CachePlace {
  readonly mount: Mount;
  readonly place: VolumePlace;
  readonly cache: Cache;
}

function findCachePlaces(cache: Cache, mounts: readonly Mount[], { budget }: PodFiles): CachePlace[] {
  const { folder } = cache;
  budget.spend("expandedCharacters", mounts.length * charactersPerMount, folder);
  const whole = (mount: Mount): CachePlace => ({
    mount,
    place: { volume: mount.volume, path: mount.subPath },
    cache: { ...cache, isForNames: false },
  });
  if (isOpaque(folder)) return mounts.map(whole);
  const around = findMount(folder, mounts);
  const inside = mounts.filter((mount) => mount !== around && isWithin(mount.at, folder) && !isToken(mount));
  if (around === undefined || isToken(around)) return inside.map(whole);
  return [{ mount: around, place: locateInVolume(around, folder), cache }, ...inside.map(whole)];
}

/** Credentials lie beside the cache. */
function isToken({ at }: Mount): boolean {
  return /\/(?:token|stored_tokens)$/.test(at);
}

function isFilledAt({ place, cache }: CachePlace, { volumes, filled, budget }: PodFiles): boolean {
  if (isFilled(volumes.byName.get(place.volume))) return true;
  if (filled.length === 0) return false;
  budget.spend("expandedCharacters", filled.length, place.volume);
  budget.spend("expandedCharacters", volumes.byName.size, place.volume);
  const near = addOverlapping(new Set([place.volume]), volumes);
  if (filled.some(({ place: put }) => put !== undefined && put.volume !== place.volume && near.has(put.volume)))
    return true;
  const fills = (put: string, folder: string): boolean => mayFillCache(cache, put, folder);
  return filled.some(({ place: put }) => put !== undefined && mayOverlap(put, place, fills));
}
