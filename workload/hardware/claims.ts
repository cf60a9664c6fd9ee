import type { ClaimReference } from "../../policies/workload.ts";
import { listClassesOfRequests, type DeviceClasses, type DeviceRequest, listRequestsOfCreation } from "./devices.ts";
import type { AcceleratorNames } from "./names.ts";
import { type Fields, getFields, type Place, listPlaces, getText } from "../shape.ts";

/** What the cluster said of a claim. */
export type ClaimAnswer =
  | { readonly kind: "found"; readonly requests: readonly DeviceRequest[] }
  /** It is not there, or the gate may not read it: a definite answer, and no class. */
  | { readonly kind: "unknown"; readonly why: string }
  /** The cluster could not be asked. */
  | { readonly kind: "unavailable"; readonly why: string };

/** What is known of devices beside the object: the configuration's device classes, and answers by {@link toClaimKey}. */
export interface Devices {
  readonly classes: DeviceClasses;
  readonly answers?: ReadonlyMap<string, ClaimAnswer>;
  /** Names of resources and runtime classes; without it those that everybody knows. */
  readonly names?: AcceleratorNames;
}

/** What a claim is kept and looked up by. */
export function toClaimKey({ object, name }: ClaimReference): string {
  return `${object}/${name}`;
}

/** What a pod's claims say of its hardware. */
export interface ClaimedHardware {
  /** Every class that is left; none where no claim asks for an accelerator. Undefined: cannot be told. */
  readonly classes: readonly string[] | undefined;
  /** Those that stand in other objects and have no answer yet. */
  readonly open: readonly ClaimReference[];
  readonly problem: string | undefined;
  readonly couldNotLook: boolean;
  readonly field: string;
}

/** Undefined: the pod has no claims. https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/ */
export function readClaims({ path, fields }: Place, { classes: known, answers }: Devices): ClaimedHardware | undefined {
  const places = [...listPlaces(fields, "resourceClaims", path), ...listPlaces(fields, "draResources", path)];
  const [first] = places;
  if (first === undefined) return undefined;
  const classes = new Set<string>();
  const open: ClaimReference[] = [];
  let problem: string | undefined;
  let couldNotLook = false;
  for (const place of places) {
    const reference = readReference(place);
    const answer = reference === undefined ? inlineAnswer(place) : answers?.get(toClaimKey(reference));
    if (reference !== undefined && answer === undefined) open.push(reference);
    const found = answer?.kind === "found" ? listClassesOfRequests(answer.requests, known) : undefined;
    for (const one of found ?? []) classes.add(one);
    if (found === undefined) problem ??= describeProblem(reference, answer);
    if (answer?.kind === "unavailable") couldNotLook = true;
  }
  return {
    classes: problem === undefined ? [...classes].toSorted() : undefined,
    open,
    problem,
    couldNotLook,
    field: first.path,
  };
}

function readReference({ path, fields }: Place): ClaimReference | undefined {
  const claim = getText(fields, "resourceClaimName", path);
  if (claim !== undefined) return { object: "ResourceClaim", name: claim, field: path };
  const template = getText(fields, "resourceClaimTemplateName", path);
  return template === undefined ? undefined : { object: "ResourceClaimTemplate", name: template, field: path };
}

function inlineAnswer({ path, fields }: Place): ClaimAnswer | undefined {
  const creation: Fields | undefined = getFields(fields, "claimCreationSpec", path);
  if (creation === undefined) return undefined;
  return { kind: "found", requests: listRequestsOfCreation(creation, `${path}.claimCreationSpec`) };
}

function describeProblem(reference: ClaimReference | undefined, answer: ClaimAnswer | undefined): string {
  const what = reference === undefined ? "a claim" : `${reference.object} ${reference.name}`;
  switch (answer?.kind) {
    case undefined:
      return `${what} is not looked up`;
    case "found":
      return `${what} asks for a device whose class neither a selector nor the configuration tells`;
    case "unknown":
    case "unavailable":
      return `${what}: ${answer.why}`;
  }
}
