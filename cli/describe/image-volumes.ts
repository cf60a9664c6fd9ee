import { isObject } from "../../policies/is-object.ts";
import { showPath } from "../../policies/language/complain.ts";

/** More values than any manifest has that a person writes. What lies beyond is not looked at. */
const maxValues = 100_000;
/** Deeper than any kind of object has its pods. */
const maxDepth = 64;

/** What a container runtime makes of one field of a manifest, in a sentence. */
export interface ImageVolumeNote {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * What container runtimes make of a manifest's image volumes, where a model may be missing without anybody saying so.
 * Seen with containerd 2.1: https://kubernetes.io/docs/concepts/storage/volumes/#image
 */
export function listImageVolumeNotes(object: unknown): ImageVolumeNote[] {
  return listPodSpecs(object).flatMap(listNotes);
}

interface Found {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly path: readonly PropertyKey[];
}

/** Whatever has containers, wherever it is. */
function listPodSpecs(object: unknown): Found[] {
  const found: Found[] = [];
  const open: { value: unknown; path: readonly PropertyKey[] }[] = [{ value: object, path: [] }];
  for (let seen = 0; open.length > 0 && seen < maxValues; seen += 1) {
    const { value, path } = open.pop() ?? { value: undefined, path: [] };
    if (path.length >= maxDepth) continue;
    if (Array.isArray(value)) value.forEach((one: unknown, at) => open.push({ value: one, path: [...path, at] }));
    if (!isObject(value)) continue;
    if (Array.isArray(value["containers"]) && Array.isArray(value["volumes"])) found.push({ fields: value, path });
    for (const [key, one] of Object.entries(value)) open.push({ value: one, path: [...path, key] });
  }
  return found.toReversed();
}

function listNotes(spec: Found): ImageVolumeNote[] {
  const images = listFields(spec, "volumes").filter(({ fields }) => isObject(fields["image"]));
  const mounts = ["initContainers", "containers"]
    .flatMap((list) => listFields(spec, list))
    .flatMap((container) => listFields(container, "volumeMounts"));
  const ofImages = new Set(images.map(getName));
  const mounted = mounts.filter((mount) => ofImages.has(getName(mount)));
  const parts = mounted.flatMap(({ fields, path }) =>
    ["subPath", "subPathExpr"].filter((key) => fields[key] !== undefined).map((key) => [...path, key]),
  );
  const names = new Set(mounted.map(getName));
  const first = images.find((image) => names.has(getName(image)));
  return [
    ...parts.map((path) => ({ path, message: ignored })),
    ...(first === undefined ? [] : [{ path: [...first.path, "image"], message: empty }]),
  ];
}

const ignored =
  "containerd 2.1 ignores it for an image volume and mounts the whole image, so the model lies elsewhere: mount the whole, and give the server the path inside";

const empty =
  "containerd 2.1 mounts an artifact whose layers are no tar archives, as oras makes of single files, as an empty folder and says nothing: publish the model as an image";

/** Of a volume, and of the volume that a mount is of. */
function getName({ fields }: Found): unknown {
  return fields["name"];
}

function listFields({ fields, path }: Found, key: string): Found[] {
  const list = fields[key];
  if (!Array.isArray(list)) return [];
  return list.flatMap((one: unknown, at) => (isObject(one) ? [{ fields: one, path: [...path, key, at] }] : []));
}

/** A note as one line. */
export function showNote({ path, message }: ImageVolumeNote): string {
  return `${showPath(path)}: ${message}`;
}
