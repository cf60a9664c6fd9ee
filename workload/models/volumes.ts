import { type Fields, fieldsAt, isFields, type Place, placesAt, textAt } from "../shape.ts";
import { readOciReference, readSource, type Source } from "./source.ts";

/** What lies under a path in a container, as far as the PodSpec says. */
export interface Location {
  readonly source: Source;
  /** Tells two places apart that have the same path: which volume, or which image, the path is in. */
  readonly key: string;
  readonly field: string | undefined;
}

/** The volumes of one pod, and what KServe's storage initializer downloads into them. */
export interface Volumes {
  readonly byName: ReadonlyMap<string, Place>;
  readonly downloads: ReadonlyMap<string, Location>;
}

const storageInitializer = "storage-initializer";

export function readVolumes(podSpec: Fields, path: string): Volumes {
  const byName = new Map<string, Place>();
  for (const place of placesAt(podSpec, "volumes", path))
    byName.set(textAt(place.fields, "name", place.path) ?? "", place);
  const downloads = new Map<string, Location>();
  for (const { path: at, fields } of placesAt(podSpec, "initContainers", path)) {
    if (fields["name"] !== storageInitializer) continue;
    const args: readonly unknown[] = Array.isArray(fields["args"]) ? fields["args"] : [];
    for (let next = 0; next + 1 < args.length; next += 2) {
      const [uri, target] = [args[next], args[next + 1]];
      if (typeof uri !== "string" || typeof target !== "string" || !uri.includes("://") || !target.startsWith("/"))
        continue;
      downloads.set(trimSlash(target), { source: readSource(uri), key: uri, field: `${at}.args[${next}]` });
    }
  }
  return { byName, downloads };
}

/** What a local path in a container leads to. The most specific mount counts, as for the kernel. */
export function locate(modelPath: string, container: Place, volumes: Volumes): Location | undefined {
  const path = trimSlash(modelPath);
  if (!path.startsWith("/")) return onlyImage(container, volumes);
  if (/(?:^|\/)\.\.?(?:\/|$)/.test(path)) return undefined;
  for (const [target, download] of volumes.downloads) {
    if (isWithin(path, target)) return download;
  }
  let best: { mountPath: string; volume: Place | undefined } | undefined;
  for (const { fields, path: at } of placesAt(container.fields, "volumeMounts", container.path)) {
    const mountPath = trimSlash(textAt(fields, "mountPath", at) ?? "");
    if (!isWithin(path, mountPath) || (best !== undefined && mountPath.length < best.mountPath.length)) continue;
    best = { mountPath, volume: volumes.byName.get(textAt(fields, "name", at) ?? "") };
  }
  if (best === undefined)
    return {
      source: { kind: "place", text: path, isLocal: true },
      key: JSON.stringify(container.fields["image"]),
      field: undefined,
    };
  const image = best.volume && imageOf(best.volume);
  return (
    image ?? {
      source: { kind: "place", text: path, isLocal: true },
      key: JSON.stringify(best.volume?.fields),
      field: undefined,
    }
  );
}

/** The image volumes that a container mounts. */
export function mountedImages(container: Place, volumes: Volumes): Location[] {
  const names = placesAt(container.fields, "volumeMounts", container.path).map(
    ({ fields, path }) => textAt(fields, "name", path) ?? "",
  );
  return [...new Set(names)].flatMap((name) => {
    const volume = volumes.byName.get(name);
    return (volume && imageOf(volume)) ?? [];
  });
}

/** A relative path may lie anywhere; where one image volume is mounted, it is taken to lie there. */
function onlyImage(container: Place, volumes: Volumes): Location | undefined {
  const images = mountedImages(container, volumes);
  return images.length === 1 ? images[0] : undefined;
}

/** https://kubernetes.io/docs/tasks/configure-pod-container/image-volumes/ */
function imageOf({ fields, path }: Place): Location | undefined {
  const image = fieldsAt(fields, "image", path);
  const reference = isFields(image) ? (textAt(image, "reference", `${path}.image`) ?? "") : "";
  if (reference === "") return undefined;
  return { source: readOciReference(reference), key: reference, field: `${path}.image.reference` };
}

function isWithin(path: string, directory: string): boolean {
  return directory === "" || path === directory || path.startsWith(`${directory}/`);
}

function trimSlash(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}
