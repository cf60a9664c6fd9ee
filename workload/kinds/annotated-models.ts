import type { FieldModel } from "../models/field-model.ts";
import { type Path, findPlaces } from "../path.ts";
import { type Fields, getFields, joinPath, type Place, getText } from "../shape.ts";

/** KServe's webhook fetches what this names into the pods that have it. https://github.com/kserve/kserve */
const sourceAnnotation = "internal.serving.kserve.io/storage-initializer-sourceuri";

/**
 * Models that an annotation of pods names. They are loaded beside whatever the containers name, and must be proved, too: that the
 * webhook acts is nothing the object can promise, so that no container's model is told by it.
 */
export function readAnnotatedModels(
  object: Fields,
  templates: readonly Path[],
  podMetadata: readonly Path[],
): FieldModel[] {
  return [
    ...templates.flatMap((path) => findPlaces(object, path).flatMap(ofTemplate)),
    ...podMetadata.flatMap((path) => findPlaces(object, path).flatMap(ofMetadata)),
  ];
}

function ofTemplate({ path, fields }: Place): FieldModel[] {
  const metadata = getFields(fields, "metadata", path);
  return metadata === undefined ? [] : ofMetadata({ path: joinPath(path, "metadata"), fields: metadata });
}

function ofMetadata({ path, fields }: Place): FieldModel[] {
  const annotations = getFields(fields, "annotations", path);
  if (annotations === undefined || !Object.hasOwn(annotations, sourceAnnotation)) return [];
  const source = getText(annotations, sourceAnnotation, `${path}.annotations`);
  const field = `${path}.annotations[${sourceAnnotation}]`;
  return source === undefined ? [] : [{ source, field, container: field, scope: field }];
}
