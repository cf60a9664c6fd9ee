import type { Json } from "./builders/json.ts";

/** The object with one value set, by a path such as `spec.roles.0.template`; `|` in a key stands for a dot. */
export function withValue(object: Json, path: string, value: unknown): Json {
  const copy: Json = JSON.parse(JSON.stringify(object));
  const parts = path.split(".").map((part) => part.replaceAll("|", "."));
  let place: object = copy;
  for (const part of parts.slice(0, -1)) {
    const next: unknown = Reflect.get(place, part) ?? {};
    if (typeof next !== "object" || next === null) throw new Error(`${path} leads nowhere`);
    Reflect.set(place, part, next);
    place = next;
  }
  Reflect.set(place, parts.at(-1) ?? "", value);
  return copy;
}
