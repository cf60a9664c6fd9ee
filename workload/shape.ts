import type { StringMap } from "../policies/workload.ts";
import { readingLimits, WorkloadTooLarge } from "./budget.ts";

/** The object is not of the shape its kind promises. Nothing can be judged, so the review is refused. */
export class WorkloadError extends Error {
  override readonly name = "WorkloadError";
  readonly code = "REVIEW_INVALID";
  /** JSON path of the value that is wrong, such as `spec.template.spec.containers`. */
  readonly path: string;

  constructor(path: string, expected: string) {
    super(`${path === "" ? "object" : path}: expected ${expected}`);
    this.path = path;
  }
}

/** A JSON object whose values are not yet known. Written by the requester. */
export type Fields = Readonly<Record<string, unknown>>;

/** An object, and the JSON path it was found at. */
export interface Place {
  readonly path: string;
  readonly fields: Fields;
}

/*
 * Accessors over `unknown`. An absent value and `null` are the same, as for the API server; anything else of the wrong type
 * throws a {@link WorkloadError}. Paths are put together only for that.
 */

/** The value, if it is a map. Throws a WorkloadError. */
export function asFields(value: unknown, path: string): Fields {
  if (!isFields(value)) throw new WorkloadError(path, "an object");
  return value;
}

/** True for a map. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The map under a key; undefined where there is none. Throws a WorkloadError for anything else. */
export function getFields(parent: Fields, key: string, path: string): Fields | undefined {
  const value = parent[key];
  if (value === undefined || value === null) return undefined;
  if (!isFields(value)) throw new WorkloadError(joinPath(path, key), "an object");
  return value;
}

const emptyList: readonly unknown[] = [];

/**
 * The list under a key; empty where there is none. Throws a WorkloadError for anything else, and a WorkloadTooLarge for a list
 * that is longer than any that is read.
 */
export function getList(parent: Fields, key: string, path: string): readonly unknown[] {
  const value = parent[key];
  if (value === undefined || value === null) return emptyList;
  if (!Array.isArray(value)) throw new WorkloadError(joinPath(path, key), "a list");
  refuseMoreThanRead(value.length, joinPath(path, key));
  return value;
}

/** Throws a WorkloadTooLarge where there are more entries of one list or map than are read, see {@link readingLimits}. */
export function refuseMoreThanRead(entries: number, path: string): void {
  if (entries > readingLimits.entries) throw new WorkloadTooLarge("entries", path);
}

/** The objects of a list, each with its path. */
export function listPlaces(parent: Fields, key: string, path: string): Place[] {
  const list = getList(parent, key, path);
  if (list.length === 0) return [];
  const base = joinPath(path, key);
  return list.map((value, at) => {
    const itemPath = `${base}[${at}]`;
    return { path: itemPath, fields: asFields(value, itemPath) };
  });
}

/** The text under a key; undefined where there is none. Throws a WorkloadError for anything else. */
export function getText(parent: Fields, key: string, path: string): string | undefined {
  const value = parent[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw new WorkloadError(joinPath(path, key), "a string");
  return value;
}

/** The list of texts under a key; empty where there is none. Throws a WorkloadError for anything else. */
export function getTexts(parent: Fields, key: string, path: string): readonly string[] {
  const list = getList(parent, key, path);
  if (list.every(isText)) return list;
  const wrong = list.findIndex((value) => !isText(value));
  throw new WorkloadError(`${joinPath(path, key)}[${wrong}]`, "a string");
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

const emptyMap: StringMap = Object.freeze({});

/** The map of texts under a key; empty where there is none. Throws a WorkloadError for anything else. */
export function getStringMap(parent: Fields, key: string, path: string): StringMap {
  const map = getFields(parent, key, path);
  if (map === undefined) return emptyMap;
  if (isStringMap(map)) return map;
  const wrong = Object.keys(map).find((name) => !isText(map[name]));
  throw new WorkloadError(`${joinPath(path, key)}[${wrong}]`, "a string");
}

/** Maps of more entries than any limit allows. To list those of one of megabytes takes as long as to parse it: it is done once. */
const hugeMaps = new WeakSet<Fields>();

function isStringMap(map: Fields): map is StringMap {
  const names = Object.keys(map);
  if (names.length > readingLimits.entries) hugeMaps.add(map);
  return names.every((name) => isText(map[name]));
}

/** How many entries a map of {@link getStringMap} has; Infinity for more than any limit allows. */
export function countEntries(map: StringMap): number {
  return hugeMaps.has(map) ? Infinity : Object.keys(map).length;
}

/** The path of a key below another path. */
export function joinPath(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
