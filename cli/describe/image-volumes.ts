import { isFields, joinPath, type Fields } from "../../workload/shape.ts";

/** More values than any manifest has that a person writes. What lies beyond is not looked at. */
const maxValues = 100_000;

/**
 * What container runtimes make of a manifest's image volumes, where a model may be missing without anybody saying so, one
 * sentence each. Seen with containerd 2.1: https://kubernetes.io/docs/concepts/storage/volumes/#image
 */
export function listImageVolumeNotes(object: unknown): string[] {
  return listPodSpecs(object).flatMap(({ spec, path }) => notesOn(spec, path));
}

interface FoundSpec {
  readonly spec: Fields;
  readonly path: string;
}

/** Whatever has containers, wherever it is. */
function listPodSpecs(object: unknown): FoundSpec[] {
  const found: FoundSpec[] = [];
  const open: { value: unknown; path: string }[] = [{ value: object, path: "" }];
  for (let seen = 0; open.length > 0 && seen < maxValues; seen += 1) {
    const { value, path } = open.pop() ?? { value: undefined, path: "" };
    if (Array.isArray(value)) value.forEach((one: unknown, at) => open.push({ value: one, path: `${path}[${at}]` }));
    if (!isFields(value)) continue;
    if (Array.isArray(value["containers"]) && Array.isArray(value["volumes"])) found.push({ spec: value, path });
    for (const [key, one] of Object.entries(value))
      open.push({ value: one, path: path === "" ? key : joinPath(path, key) });
  }
  return found.toReversed();
}

function notesOn(spec: Fields, path: string): string[] {
  const images = new Set(
    listFields(spec, "volumes").flatMap(({ fields }) => (isFields(fields["image"]) ? [fields["name"]] : [])),
  );
  if (images.size === 0) return [];
  const mounts = ["initContainers", "containers"].flatMap((list) =>
    listFields(spec, list).flatMap(({ fields, at }) =>
      listFields(fields, "volumeMounts").map((mount) => ({
        ...mount,
        path: `${joinPath(path, list)}[${at}].volumeMounts[${mount.at}]`,
      })),
    ),
  );
  const ofImages = mounts.filter(({ fields }) => images.has(fields["name"]));
  const parts = ofImages.flatMap((mount) =>
    ["subPath", "subPathExpr"].filter((key) => mount.fields[key] !== undefined).map((key) => `${mount.path}.${key}`),
  );
  return [
    ...parts.map(
      (place) =>
        `${place}: containerd 2.1 ignores it for an image volume and mounts the whole image, so that the model lies elsewhere: mount the whole, and give the server the path inside`,
    ),
    ...(ofImages.length === 0 ? [] : [emptyNote]),
  ];
}

const emptyNote =
  "image volumes: containerd 2.1 mounts an artifact whose layers are no tar archives, as oras makes of single files, as an empty folder and says nothing: publish the model as an image";

function listFields(parent: Fields, key: string): { fields: Fields; at: number }[] {
  const list = parent[key];
  return Array.isArray(list) ? list.flatMap((fields: unknown, at) => (isFields(fields) ? [{ fields, at }] : [])) : [];
}
