import type { Budget } from "../budget.ts";
import { type Fields, getFields } from "../shape.ts";
import { knownResources, type Meaning, type Resources } from "./resources.ts";

/** A resource that is, or may be, an accelerator. */
export interface AcceleratorRequest {
  readonly resource: string;
  readonly meaning: Exclude<Meaning, "other">;
  readonly field: string;
}

/** What a container, or a PodSpec with pod-level resources, asks for that is not a plain resource. Every resource is counted. */
export function listAccelerators(
  fields: Fields,
  path: string,
  resources: Resources = knownResources,
  budget?: Budget,
): AcceleratorRequest[] {
  const lists = getFields(fields, "resources", path);
  if (lists === undefined) return [];
  const asked: AcceleratorRequest[] = [];
  for (const list of ["limits", "requests"]) {
    const quantities = getFields(lists, list, `${path}.resources`) ?? {};
    const names = Object.keys(quantities);
    budget?.spend("placements", names.length, `${path}.resources.${list}`);
    for (const resource of names) {
      const meaning = isZero(quantities[resource]) ? "other" : resources(resource);
      if (meaning !== "other") asked.push({ resource, meaning, field: `${path}.resources.${list}[${resource}]` });
    }
  }
  return asked;
}

function isZero(quantity: unknown): boolean {
  return (
    quantity === 0 ||
    quantity === null ||
    (typeof quantity === "string" && /^[+-]?0*(?:\.0*)?(?:[a-zA-Z]*)$/.test(quantity))
  );
}
