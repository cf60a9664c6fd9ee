import { findValues, type Path } from "../path.ts";
import { type Fields, joinPath, listPlaces, type Place } from "../shape.ts";

const key = "volumeClaimTemplates";

/**
 * The claims that are made for each pod, from lists beside the templates that the path leads to; by the places of the
 * templates. A volume of the same name in the template is not used.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#volume-claim-templates
 */
export function findClaimTemplates(object: Fields, { text, steps }: Path): ReadonlyMap<string, readonly Place[]> {
  const found = new Map<string, readonly Place[]>();
  const last = steps.at(-1);
  if (last === undefined || last.each) return found;
  // Only those that have claims are found, whatever else stands beside templates.
  const lists = findValues(object, { text, steps: [...steps.slice(0, -1), { key, each: false }] });
  for (const { path, value } of lists) {
    const parent = path.slice(0, -key.length).replace(/\.$/, "");
    found.set(joinPath(parent, last.key), listPlaces({ [key]: value }, key, parent));
  }
  return found;
}
