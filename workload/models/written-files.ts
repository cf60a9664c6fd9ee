import { isWithin } from "../file-path.ts";
import { findMount, locateInVolume, mayOverlap, type Mount, type VolumePlace } from "../volumes.ts";

/** A file that a script of the pod writes. */
export interface WrittenFile {
  /** Path of the container that writes it. */
  readonly container: string;
  /** In the container, normalised. Empty: it is not known where. */
  readonly path: string;
  /** Undefined: in the container's own file system, or not known. */
  readonly place: VolumePlace | undefined;
}

interface Writer {
  readonly container: { readonly path: string };
  readonly mounts: readonly Mount[];
  readonly writes: readonly string[];
}

/** Each is compared with each model. */
const most = 256;

/** The files that the containers' scripts write, or more than are looked at. */
export function listWrittenFiles(containers: readonly Writer[]): readonly WrittenFile[] {
  const written: WrittenFile[] = [];
  for (const { container, mounts, writes } of containers) {
    for (const path of writes) {
      const mount = findMount(path, mounts);
      const place = mount === undefined || path === "" ? undefined : locateInVolume(mount, path);
      written.push({ container: container.path, path, place });
      if (written.length > most) return written;
    }
  }
  return written;
}

/** Whether one of them may be a part of what lies at this path of the container. */
export function mayBePart(
  written: readonly WrittenFile[],
  path: string,
  { container, mounts }: Pick<Writer, "container" | "mounts">,
): boolean {
  if (written.length > most) return true;
  const mount = findMount(path, mounts);
  const loaded = mount === undefined ? undefined : locateInVolume(mount, path);
  return written.some((file) => {
    if (file.place !== undefined) return loaded !== undefined && mayOverlap(file.place, loaded, isWithin);
    if (file.container !== container.path) return file.path === "" && loaded !== undefined;
    return file.path === "" || (loaded === undefined && isWithin(file.path, path));
  });
}
