import type { Metadata } from "../../policies/workload.ts";
import type { Budget } from "../budget.ts";
import { findContainers } from "../containers.ts";
import { readAcceleratorAnnotation } from "../hardware/annotations.ts";
import { findClaimTemplates } from "./claim-templates.ts";
import type { Kind } from "./kinds.ts";
import { fillContainer } from "./placeholders.ts";
import type { Pod } from "../pod.ts";
import { type Path, visitPlaces, findPlaces } from "../path.ts";
import { type Fields, getFields, joinPath, type Place, getStringMap, WorkloadError } from "../shape.ts";

/** Every pod of the object. Spends `containers`, at least one for each pod. Throws where the kind needs a pod and there is none. */
export function listPods(object: Fields, kind: Kind, budget: Budget): Pod[] {
  const pods = filled([...writtenPods(object, kind, budget), ...madePods(object, kind, budget)], object, kind, budget);
  if (kind.needsPod && pods.length === 0)
    throw new WorkloadError(joinPath(kind.templates[0]?.text ?? "", "spec"), "a pod specification");
  return pods;
}

/** With what the operator writes in place of its placeholders. */
function filled(pods: Pod[], object: Fields, kind: Kind, budget: Budget): Pod[] {
  if (kind.placeholders === undefined) return pods;
  const values = kind.placeholders(object);
  return pods.map((pod) => ({
    ...pod,
    containers: pod.containers.map((container) => fillContainer(container, values, budget)),
  }));
}

function writtenPods(object: Fields, kind: Kind, budget: Budget): Pod[] {
  const pods: Pod[] = [];
  for (const path of kind.templates) {
    const places = findPlaces(object, path);
    const claims = places.length === 0 ? undefined : findClaimTemplates(object, path);
    for (const { path: at, fields } of places) {
      const spec = getFields(fields, "spec", at);
      if (spec === undefined) {
        budget.spend("containers", 1, at);
        continue;
      }
      const own = firstAnnotation([{ path: at, fields }]);
      const pod = readPodAt({ path: joinPath(at, "spec"), fields: spec }, [], budget);
      pods.push({ ...pod, acceleratorAnnotation: own, claims: claims?.get(at) ?? [] });
    }
  }
  if (kind.podSpecs.length === 0) return pods;
  const handedOn = annotationHandedOn(object, kind);
  for (const { path, containers } of kind.podSpecs) {
    for (const place of findPlaces(object, path))
      pods.push({ ...readPodAt(place, containers, budget), acceleratorAnnotation: handedOn });
  }
  return pods;
}

function madePods(object: Fields, kind: Kind, budget: Budget): Pod[] {
  const made = kind.madePods(object, budget);
  const handedOn = made.length === 0 ? undefined : annotationHandedOn(object, kind);
  return made.map(({ placement, containers, isEverywhere }) => {
    budget.spend("containers", Math.max(1, containers.length), placement.path);
    return { ...placement, containers, acceleratorAnnotation: handedOn, isEverywhere };
  });
}

/** A pod without a template takes the annotations that its operator hands on: any of the object's. */
function annotationHandedOn(object: Fields, kind: Kind): string | undefined {
  const places = kind.podMetadata.flatMap((path) => findPlaces(object, path));
  return firstAnnotation([{ path: "", fields: object }, ...places]);
}

/** Of objects with `metadata`, or that are metadata themselves. */
function firstAnnotation(places: readonly Place[]): string | undefined {
  for (const { path, fields } of places) {
    const own = getFields(fields, "metadata", path);
    const metadata = own === undefined ? { path, fields } : { path: joinPath(path, "metadata"), fields: own };
    const found = readAcceleratorAnnotation(readMetadata(metadata));
    if (found !== undefined) return found;
  }
  return undefined;
}

function readPodAt(place: Place, inline: readonly Path[], budget: Budget): Pod {
  const own = inline.flatMap((path) => findPlaces(place.fields, path, place.path));
  const listed = findContainers(place.fields, place.path);
  budget.spend("containers", Math.max(1, own.length + listed.length), place.path);
  // Of a PodSpec that is also its container, the resources are the container's, and not the whole pod's.
  const isContainer = inline.some(({ steps }) => steps.length === 0) && place.fields["resources"] !== undefined;
  const fields = isContainer ? { ...place.fields, resources: undefined } : place.fields;
  return { path: place.path, fields, containers: own.length === 0 ? listed : [...own, ...listed] };
}

/** The object's own metadata, then what is put on its pods. A Pod is its own template. */
export function listMetadata(object: Fields, kind: Kind): [Metadata, ...Metadata[]] {
  const metadata: [Metadata, ...Metadata[]] = [
    readMetadata({ path: "metadata", fields: getFields(object, "metadata", "") ?? {} }),
  ];
  for (const path of kind.templates) {
    if (path.steps.length === 0) continue;
    visitPlaces(object, path, ({ path: at, fields }) => {
      const template = getFields(fields, "metadata", at);
      if (template !== undefined) metadata.push(readMetadata({ path: joinPath(at, "metadata"), fields: template }));
    });
  }
  for (const path of kind.podMetadata) visitPlaces(object, path, (place) => void metadata.push(readMetadata(place)));
  return metadata;
}

function readMetadata({ path, fields }: Place): Metadata {
  return { path, labels: getStringMap(fields, "labels", path), annotations: getStringMap(fields, "annotations", path) };
}
