import type { Budget } from "./budget.ts";
import type { Pod } from "./pod.ts";
import { isWithin, normalizePath } from "./file-path.ts";
import { type Fields, getFields, isFields, type Place, listPlaces, getText } from "./shape.ts";
import { readOciReference, type Source } from "./model-source.ts";

/** The volumes of one pod. */
export interface Volumes {
  readonly byName: ReadonlyMap<string, Place>;
  /** Of volumes that hold the same under another name: the first such name. */
  readonly sameAs: ReadonlyMap<string, string>;
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

const noVolumes: Volumes = { byName: new Map(), sameAs: new Map() };

/** A pod's volumes by their names. `claims`: templates of claims, which take the place of volumes. Throws a WorkloadError. */
export function readVolumes({ fields, path, claims = [] }: Pod, budget: Budget): Volumes {
  const places = listPlaces(fields, "volumes", path);
  if (places.length + claims.length === 0) return noVolumes;
  budget.spend("mounts", places.length + claims.length, path);
  const named = places.map((place) => [getText(place.fields, "name", place.path) ?? "", place] as const);
  const claimed = claims.map(({ path: at, fields: template }): [string, Place] => {
    const name = getText(getFields(template, "metadata", at) ?? {}, "name", `${at}.metadata`) ?? "";
    return [name, { path: at, fields: { persistentVolumeClaimTemplate: template } }];
  });
  const byName = new Map([...named, ...claimed]);
  return { byName, sameAs: findSame(byName) };
}

function findSame(byName: ReadonlyMap<string, Place>): ReadonlyMap<string, string> {
  const same = new Map<string, string>();
  const firsts = new Map<string, string>();
  for (const [name, { fields }] of byName) {
    const source = describeSource(fields);
    if (source === undefined) continue;
    const first = firsts.get(source);
    if (first === undefined) firsts.set(source, name);
    else same.set(name, first);
  }
  return same;
}

/** Where the files lie, for volumes that may be there twice. */
function describeSource({ persistentVolumeClaim: claim, nfs, hostPath }: Fields): string | undefined {
  if (isFields(claim)) return `claim ${String(claim["claimName"])}`;
  if (isFields(nfs)) return `nfs ${String(nfs["server"])} ${normalizePath(String(nfs["path"]))}`;
  return isFields(hostPath) ? `host ${normalizePath(String(hostPath["path"]))}` : undefined;
}

/** The mounts, with one name for volumes that hold the same. */
export function nameAlike(mounts: readonly Mount[], { sameAs }: Volumes): readonly Mount[] {
  if (sameAs.size === 0) return mounts;
  return mounts.map((mount) => ({ ...mount, volume: sameAs.get(mount.volume) ?? mount.volume }));
}

/** So that comparing each with each stays cheap. With more, any may lie in any. */
const maxHostPaths = 64;

/** The volumes, and those of the node whose files are among theirs, or the other way round. */
export function addOverlapping(names: ReadonlySet<string>, { byName }: Volumes): ReadonlySet<string> {
  if (byName.size < 2) return names;
  const hostPaths = [...byName].flatMap(
    ([
      name,
      {
        fields: { hostPath },
      },
    ]) => (isFields(hostPath) ? [{ name, path: normalizePath(String(hostPath["path"])) }] : []),
  );
  const own = hostPaths.filter(({ name }) => names.has(name));
  if (own.length === 0 || hostPaths.length === own.length) return names;
  const isAny = hostPaths.length > maxHostPaths;
  const others = hostPaths.filter(({ path }) => isAny || own.some((one) => isEither(one.path, path)));
  return new Set([...names, ...others.map(({ name }) => name)]);
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
  const { emptyDir, ephemeral } = volume.fields;
  return isFields(emptyDir) || (isFields(ephemeral) && isMadeEmpty(ephemeral));
}

/** What fills a claim before the pod starts, or chooses a volume that is there already. */
const fills = ["dataSource", "dataSourceRef", "volumeName", "selector"];

/** https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes */
function isMadeEmpty({ volumeClaimTemplate: template }: Fields): boolean {
  const spec = isFields(template) ? template["spec"] : undefined;
  return isFields(spec) && fills.every((key) => spec[key] === undefined || spec[key] === null);
}

/** What no container can write to. */
export function isFixed(volume: Place | undefined): boolean {
  if (volume === undefined) return false;
  return ["configMap", "secret", "projected", "downwardAPI", "image"].some((key) => isFields(volume.fields[key]));
}

/** Whose files the object chooses: they stand in another object or an image that it names. */
export function isFilled(volume: Place | undefined): boolean {
  return isFixed(volume) || (volume !== undefined && isFields(volume.fields["gitRepo"]));
}

/** Whether one lies in the other, or may; or, in the same volume, whatever `meet` says. */
export function mayOverlap(one: VolumePlace, other: VolumePlace, meet = isEither): boolean {
  // A path that is put together when the container starts may be any.
  const isAny = one.path.startsWith("\0") || other.path.startsWith("\0");
  return one.volume === other.volume && (isAny || meet(one.path, other.path));
}

function isEither(one: string, other: string): boolean {
  return isWithin(one, other) || isWithin(other, one);
}
