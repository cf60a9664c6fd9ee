import type { Container } from "../containers.ts";
import { isWithin, normalizePath } from "../file-path.ts";
import type { PlacedDownload, ReadContainer, ReadPod } from "./read-pod.ts";
import { mayBePart } from "./written-files.ts";
import { readSource, type Source } from "../model-source.ts";
import {
  addOverlapping,
  getImageOfVolume,
  isFixed,
  isScratch,
  type Mount,
  findMount,
  locateInVolume,
  mayOverlap,
  toVolumeKey,
} from "../volumes.ts";

/** What lies under a path in a container, as far as the PodSpec says. */
export interface Location {
  readonly source: Source;
  /** Tells two places apart that have the same path: which volume, or which image, the path is in. */
  readonly key: string;
  readonly field: string | undefined;
  readonly problem: string | undefined;
  /** Variables from elsewhere that could change what was downloaded. */
  readonly openEnvironment?: string | undefined;
}

/** What a local path leads to, resolved as the container runtime and the kernel do. */
export function locateModel(written: string, read: ReadContainer, pod: ReadPod): Location {
  const found = locateMount(written, read, pod);
  const path = absolute(written, read);
  const problem = found.problem ?? (path === undefined ? undefined : findChange(path, read, pod));
  return { ...found, problem };
}

function findChange(path: string, read: ReadContainer, { written }: ReadPod): string | undefined {
  const other = otherMount(path, read.mounts);
  if (other !== undefined) return `the volume at ${other.at} may replace a part of what is loaded`;
  return mayBePart(written, path, read) ? "a script may write a part of what is loaded" : undefined;
}

/** A second volume at the place that the path lies in, or one inside of the path. */
function otherMount(path: string, mounts: readonly Mount[]): Mount | undefined {
  const own = findMount(path, mounts);
  return mounts.find(
    (mount) => mount !== own && (mount.at === own?.at || (mount.at !== path && isWithin(mount.at, path))),
  );
}

function locateMount(written: string, read: ReadContainer, pod: ReadPod): Location {
  const path = absolute(written, read);
  if (path === undefined) return relative(written, read.container);
  const mount = findMount(path, read.mounts);
  if (mount === undefined) return inImage(path, read, pod);
  const volume = pod.volumes.byName.get(mount.volume);
  const image = getImageOfVolume(volume);
  if (image !== undefined) return { source: image.source, key: image.key, field: image.field, problem: undefined };
  const place = locateInVolume(mount, path);
  const found = pod.downloads.filter(({ place: put }) => put !== undefined && mayOverlap(put, place));
  if (found.length > 0 && isScratch(volume))
    return downloaded(found, ({ place: put }) => put !== undefined && isWithin(place.path, put.path));
  return {
    source: placeSource(path),
    key: `${toVolumeKey(volume)} ${place.path}`,
    field: undefined,
    problem: undefined,
  };
}

function absolute(written: string, { container }: ReadContainer): string | undefined {
  const path = normalizePath(written);
  if (path.startsWith("/")) return path;
  const { workingDir } = container;
  if (path.startsWith("~") || workingDir?.startsWith("/") !== true) return undefined;
  return normalizePath(`${workingDir}/${path}`);
}

/** A path of the image itself: what the container's own commands download there, or a model inside the image. */
function inImage(path: string, { container }: ReadContainer, { downloads }: ReadPod): Location {
  const own = downloads.filter(
    ({ container: by, place, download: { target } }) =>
      by === container.path &&
      place === undefined &&
      target !== undefined &&
      (isWithin(path, target) || isWithin(target, path)),
  );
  if (own.length > 0) return downloaded(own, ({ download: { target = "" } }) => isWithin(path, target));
  return { source: placeSource(path), key: imageKey(container), field: undefined, problem: undefined };
}

/** A relative path lies in a folder that only the image knows. */
function relative(path: string, container: Container): Location {
  const key = `${container.path} ${imageKey(container)}`;
  return { source: placeSource(path), key, field: undefined, problem: undefined };
}

/** What several commands put into one place must be the same, and lie at the path or above it. */
function downloaded(found: readonly PlacedDownload[], isAbove: (one: PlacedDownload) => boolean): Location {
  const sources = found.map(({ download: { source, revision } }) => JSON.stringify([source, revision]));
  const [first] = found;
  const problem =
    new Set(sources).size > 1
      ? "different models are downloaded to where the server loads from"
      : !found.every(isAbove)
        ? "a model is downloaded to somewhere inside of what the server loads"
        : first?.download.problem;
  const source = withoutDigest(readSource(first?.download.source ?? ""), first?.download.revision);
  const openEnvironment = found.find(({ download }) => download.openEnvironment !== undefined)?.download
    .openEnvironment;
  return { source, key: sources.join(), field: first?.download.field, problem, openEnvironment };
}

/** A container says what it downloads, and only a volume is compared with a digest by the node. */
function withoutDigest(source: Source, revision: string | undefined): Source {
  if (source.kind !== "named") return source;
  return { ...source, version: source.version ?? revision, digest: undefined };
}

function imageKey({ fields, path }: Container): string {
  const image = fields["image"];
  return typeof image === "string" && image.length <= 512 ? image : path;
}

function placeSource(path: string): Source {
  return { kind: "place", text: path, isLocal: true };
}

/** Whether a local path lies where the operator puts the model. */
export function isInMountedFolder(path: string, folder: string | undefined): boolean {
  return folder === undefined || isWithin(normalizePath(path), folder);
}

/** Folders in which images start their servers, or may: homes, and those that build tools and frameworks make. */
const workingFolder =
  /^\/(?:vllm-workspace|sgl-workspace|workspace|app|code|usr\/src(?:\/app)?|root|home(?:\/[^/]+)?|srv(?:\/[^/]+)?|opt\/[^/]+(?:\/src)?)$/;

/** Servers look for a folder of the model's name first: why one may be mounted there, or undefined. */
export function findShadow(name: string, { container, mounts }: ReadContainer): string | undefined {
  if (mounts.length === 0 || /^[^/]+\.[^/]+\//.test(name)) return undefined;
  const [owner = ""] = name.split("/", 1);
  const at = container.workingDir === undefined ? undefined : normalizePath(container.workingDir);
  const shadow = mounts.find((mount) => covers(mount, at, owner, name));
  return shadow === undefined
    ? undefined
    : `a folder of the model's name may lie in the volume at ${shadow.at}, which servers look into first`;
}

/** A download into a folder that is named like the model: servers take that for the model. */
export function findReplacement(name: string, { downloads }: ReadContainer): string | undefined {
  const other = downloads.find(({ source, target = "" }) => source !== name && isNamedLike(`/${target}`, name));
  return other === undefined ? undefined : `${other.source} is downloaded into a folder of the model's name`;
}

/** The folder of that name, or the one that it would lie in. */
function isNamedLike(target: string, name: string): boolean {
  const [owner = ""] = name.split("/", 1);
  return target.endsWith(`/${name}`) || (owner !== name && target.endsWith(`/${owner}`));
}

function covers({ at }: Mount, workingDir: string | undefined, owner: string, name: string): boolean {
  if (at.endsWith(`/${owner}`) || at.endsWith(`/${name}`) || at === "") return true;
  if (workingDir !== undefined) return isWithin(workingDir, at);
  return workingFolder.test(at);
}

/** The volumes that model servers of the pod mount and that another container may write to. */
export function listModelVolumes({ containers, volumes }: ReadPod): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { servers, mounts, host } of containers) {
    if (servers.length === 0 && host === undefined) continue;
    for (const { volume } of mounts) if (!isFixed(volumes.byName.get(volume))) names.add(volume);
  }
  return addOverlapping(names, volumes);
}
