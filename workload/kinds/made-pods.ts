import type { FieldModel } from "../models/field-model.ts";
import { type Fields, getFields, isFields, getList, getText } from "../shape.ts";

/** A spec that is absent is empty. */
export function getSpec(object: Fields): Fields {
  return getFields(object, "spec", "") ?? {};
}

/** A model that is there, but that nobody can name: says why. */
export function toUnknownModel(field: string, problem: string, scope: string = field): FieldModel {
  return { source: undefined, field, container: scope, scope, problem };
}

/** Lists of variables, one behind the other: of two with one name the later wins. */
export function joinEnv(...lists: readonly (readonly [Fields, string, string])[]): unknown[] {
  return lists.flatMap(([parent, key, path]) => getList(parent, key, path));
}

/** A field that is a string where it is set; anything else is as if it were absent. */
export function getTextOr(parent: Fields, key: string, path: string, otherwise: string): string {
  const text = getText(parent, key, path);
  return text === undefined || text === "" ? otherwise : text;
}

/** Whether a field is set to something: neither absent nor an empty text, list or object. */
export function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false) return false;
  return isFields(value) ? Object.keys(value).length > 0 : !Array.isArray(value) || value.length > 0;
}
