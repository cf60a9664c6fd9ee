import type { Budget } from "./budget.ts";
import { isWithin, normalizePath } from "./file-path.ts";
import { type Fields, getFields, isFields, type Place, listPlaces, getText } from "./shape.ts";
import { readOciReference, type Source } from "./model-source.ts";

/** The volumes of one pod. */
export interface Volumes {
  readonly byName: ReadonlyMap<string, Place>;
}

/** A volume where a container sees it. Paths are normalised. */
export interface Mount {
  readonly at: string;
  readonly volume: string;
  /** The part of the volume that is mounted. */
  readonly subPath: string;
  readonly readOnly: boolean;
}

/** A place in a volume, whatever container looks at it. */
export interface VolumePlace {
  readonly volume: string;
  /** Within the volume; empty: its root. */
  readonly path: string;
}

const noVolumes: Volumes = { byName: new Map() };

/** A pod's volumes by their names. Throws a WorkloadError. */
export function readVolumes(podSpec: Fields, path: string, budget: Budget): Volumes {
  const places = listPlaces(podSpec, "volumes", path);
  if (places.length === 0) return noVolumes;
  budget.spend("mounts", places.length, path);
  return { byName: new Map(places.map((place) => [getText(place.fields, "name", place.path) ?? "", place])) };
}

const noMounts: readonly Mount[] = [];

/** A container's mounts. Throws a WorkloadError. */
export function readMounts({ fields, path }: Place, budget: Budget): readonly Mount[] {
  const places = listPlaces(fields, "volumeMounts", path);
  if (places.length === 0) return noMounts;
  budget.spend("mounts", places.length, path);
  const joinPath = (mount: Fields, key: string, at: string): string => {
    const written = getText(mount, key, at) ?? "";
    budget.spend("expandedCharacters", written.length, at);
    return normalizePath(written);
  };
  return places.map(({ fields: mount, path: at }) => ({
    at: joinPath(mount, "mountPath", at),
    volume: getText(mount, "name", at) ?? "",
    // An expression is put together when the container starts: it may lead to any part of the volume.
    subPath: mount["subPathExpr"] === undefined ? joinPath(mount, "subPath", at) : "\0",
    readOnly: mount["readOnly"] === true,
  }));
}

/** The mount that a path lies in: the most specific one, as for the kernel. Undefined: the path lies in the image. */
export function findMount(path: string, mounts: readonly Mount[]): Mount | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    if (isWithin(path, mount.at) && (best === undefined || mount.at.length >= best.at.length)) best = mount;
  }
  return best;
}

/** Where in its volume a normalised absolute path lies. */
export function locateInVolume({ at, volume, subPath }: Mount, path: string): VolumePlace {
  const inside = path.slice(at.length + 1);
  return { volume, path: [subPath, inside].filter((part) => part !== "").join("/") };
}

/** The model in an image volume. https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes/ */
export function getImageOfVolume(
  volume: Place | undefined,
): { readonly source: Source; readonly key: string; readonly field: string } | undefined {
  if (volume === undefined) return undefined;
  const image = getFields(volume.fields, "image", volume.path);
  const reference = isFields(image) ? (getText(image, "reference", `${volume.path}.image`) ?? "") : "";
  if (reference === "") return undefined;
  return { source: readOciReference(reference), key: reference, field: `${volume.path}.image.reference` };
}

/** Tells volumes apart, wherever they are mounted: the same claim in two pods is one place. */
export function toVolumeKey(volume: Place | undefined): string {
  const claim = volume === undefined ? undefined : getFields(volume.fields, "persistentVolumeClaim", volume.path);
  return claim === undefined ? (volume?.path ?? "") : `claim ${getText(claim, "claimName", "") ?? ""}`;
}

/** Empty when the pod starts, so that it holds only what the pod's own containers put there. */
export function isScratch(volume: Place | undefined): boolean {
  if (volume === undefined) return false;
  return ["emptyDir", "ephemeral"].some((key) => volume.fields[key] !== undefined && volume.fields[key] !== null);
}

/** What no container can write to. */
export function isFixed(volume: Place | undefined): boolean {
  if (volume === undefined) return false;
  return ["configMap", "secret", "projected", "downwardAPI", "image"].some((key) => isFields(volume.fields[key]));
}
