import type { FieldModel } from "../models/field-model.ts";
import { type Path, placesOf } from "../path.ts";
import { type Fields, fieldsAt, join, type Place, textAt } from "../shape.ts";

/** KServe's webhook fetches what this names into the pods that have it. https://github.com/kserve/kserve */
const sourceAnnotation = "internal.serving.kserve.io/storage-initializer-sourceuri";

/**
 * Models that an annotation of pods names. They are loaded beside whatever the containers name, and must be proved, too: that the
 * webhook acts is nothing the object can promise, so that no container's model is told by it.
 */
export function annotatedModels(
  object: Fields,
  templates: readonly Path[],
  podMetadata: readonly Path[],
): FieldModel[] {
  return [
    ...templates.flatMap((path) => placesOf(object, path).flatMap(ofTemplate)),
    ...podMetadata.flatMap((path) => placesOf(object, path).flatMap(ofMetadata)),
  ];
}

function ofTemplate({ path, fields }: Place): FieldModel[] {
  const metadata = fieldsAt(fields, "metadata", path);
  return metadata === undefined ? [] : ofMetadata({ path: join(path, "metadata"), fields: metadata });
}

function ofMetadata({ path, fields }: Place): FieldModel[] {
  const annotations = fieldsAt(fields, "annotations", path);
  if (annotations === undefined || !Object.hasOwn(annotations, sourceAnnotation)) return [];
  const source = textAt(annotations, sourceAnnotation, `${path}.annotations`);
  const field = `${path}.annotations[${sourceAnnotation}]`;
  return source === undefined ? [] : [{ source, field, container: field, scope: field }];
}
