import type { Budget } from "../budget.ts";
import type { ContainerPlace } from "../containers.ts";
import { type HardwareElsewhere, nothingElsewhere } from "../hardware/hardware.ts";
import type { FieldModel } from "../models/field-model.ts";
import { readAnnotatedModels } from "./annotated-models.ts";
import { compilePath, type Path, findValues } from "../path.ts";
import type { Fields, Place } from "../shape.ts";
import { WorkloadError } from "../shape.ts";

/** A supported kind: where its pods and its models stand in the object. */
export interface Kind {
  readonly group: string;
  readonly kind: string;
  /** Paths of pod templates: objects with `metadata`, and a PodSpec in `spec`. */
  readonly templates: readonly Path[];
  /** Paths of PodSpecs that stand on their own. */
  readonly podSpecs: readonly PodSpecPath[];
  /** Objects with `labels` and `annotations` that the operator puts on the pods. */
  readonly podMetadata: readonly Path[];
  /** Without any pod the object is not of the shape its kind promises. */
  readonly needsPod: boolean;
  /** Models that the object's own fields name. Spends `models` and `adapters`. */
  readonly models: (object: Fields, budget: Budget) => readonly FieldModel[];
  /** Pods that the operator makes from fields that are not a PodSpec. */
  readonly madePods: (object: Fields, budget: Budget) => readonly MadePod[];
  /** What of its hardware stands outside the object: in a runtime, a profile, another template. */
  readonly hardwareElsewhere: (object: Fields) => HardwareElsewhere;
  /** What the operator writes in place of `{{ … }}` in its containers, by the text between the braces. Undefined: it does not. */
  readonly placeholders: ((object: Fields) => ReadonlyMap<string, string>) | undefined;
  /** Variables that the operator sets in every container, each to one word that is not a model: an index, an address. */
  readonly variables: readonly string[];
  /** The operator starts a program of its own in containers without a command, which loads no model: not the image's. */
  readonly startsContainers: boolean;
  /** What an UPDATE must leave alone, beside the pod templates, to be no change. Covers `podSpecs` and `madePods`. */
  readonly compared: readonly ComparedFields[];
}

/** Where a PodSpec stands in the object. */
export interface PodSpecPath {
  readonly path: Path;
  /** Fields of the PodSpec that are containers themselves. The empty path: the PodSpec is also its container. */
  readonly containers: readonly Path[];
}

/** A pod that an operator makes of fields that are not a PodSpec. */
export interface MadePod {
  /** Where nodes are chosen, and volumes stand. */
  readonly placement: Place;
  readonly containers: readonly ContainerPlace[];
  /** It runs in any of the object's pods. */
  readonly isEverywhere?: boolean;
}

/** What an UPDATE is compared by, beside what is read. */
export interface ComparedFields {
  readonly path: Path;
  /** Fields of it that no decision reads, such as `replicas`. */
  readonly except: ReadonlySet<string>;
}

/** By `Kind.group`; `Kind` alone for the core group. */
export type KindTable = ReadonlyMap<string, Kind>;

/** A kind as it is written down, in code or in the gate's config. */
export interface KindDefinition {
  readonly group: string;
  readonly kind: string;
  /** Such as `spec.template`, or `spec.jobs[*].template` for every entry of a list or a map. */
  readonly templates?: readonly string[];
  readonly podSpecs?: readonly string[];
  /** Fields of those PodSpecs that hold one container each, beside `containers`; or several, with `[*]`. */
  readonly containers?: readonly string[];
  /** Paths of strings that name a model: a hub id or a URI. */
  readonly models?: readonly string[];
}

/** What only a kind known to the code can have. */
export interface KindDetails extends Omit<KindDefinition, "models"> {
  readonly podMetadata?: readonly string[];
  readonly needsPod?: boolean;
  readonly models?: Kind["models"];
  readonly madePods?: Kind["madePods"];
  readonly hardwareElsewhere?: Kind["hardwareElsewhere"];
  readonly placeholders?: Kind["placeholders"];
  readonly variables?: Kind["variables"];
  readonly startsContainers?: boolean;
  readonly compared?: readonly { readonly path: string; readonly except?: readonly string[] }[];
}

/** A kind of which only what differs from a plain one is said. */
export function defineKind(details: KindDetails): Kind {
  const containers = (details.containers ?? []).map(compilePath);
  const templates = (details.templates ?? []).map(compilePath);
  const podMetadata = (details.podMetadata ?? []).map(compilePath);
  const own = details.models ?? (() => []);
  return {
    group: details.group,
    kind: details.kind,
    templates,
    podSpecs: (details.podSpecs ?? []).map((path) => ({ path: compilePath(path), containers })),
    podMetadata,
    needsPod: details.needsPod ?? false,
    models: counted((object, budget) => [
      ...own(object, budget),
      ...readAnnotatedModels(object, templates, podMetadata),
    ]),
    madePods: details.madePods ?? (() => []),
    hardwareElsewhere: details.hardwareElsewhere ?? (() => nothingElsewhere),
    placeholders: details.placeholders,
    variables: details.variables ?? [],
    startsContainers: details.startsContainers ?? false,
    compared: (details.compared ?? []).map(({ path, except = [] }) => ({
      path: compilePath(path),
      except: new Set(except),
    })),
  };
}

function counted(models: Kind["models"]): Kind["models"] {
  return (object, budget) => {
    const found = models(object, budget);
    budget.spend("models", found.length, found[0]?.field ?? "spec");
    for (const { adapters = [], field } of found) budget.spend("adapters", adapters.length, field);
    return found;
  };
}

/** What a kind is looked up by. Without a version: the API server converts. */
export function toKindKey(group: string, kind: string): string {
  return group === "" ? kind : `${kind}.${group}`;
}

/** The table with more kinds; one that it has already is replaced. Throws a plain error for a malformed path. */
export function mergeKinds(table: KindTable, definitions: readonly KindDefinition[]): KindTable {
  const merged = new Map(table);
  for (const definition of definitions)
    merged.set(toKindKey(definition.group, definition.kind), fromDefinition(definition));
  return merged;
}

/** Pods that the object will have but does not describe, in words. They may ask for an accelerator. */
export function listPodsElsewhere(pods: string): HardwareElsewhere {
  return { accelerator: true, pods };
}

/** A kind without pods has its hardware elsewhere. */
function fromDefinition({ models = [], ...definition }: KindDefinition): Kind {
  const paths = models.map(compilePath);
  const hasPods = (definition.templates ?? []).length + (definition.podSpecs ?? []).length > 0;
  return defineKind({
    ...definition,
    models: (object) => paths.flatMap((path) => listModels(object, path)),
    hardwareElsewhere: () => (hasPods ? nothingElsewhere : listPodsElsewhere("its pods")),
    compared: [...(definition.podSpecs ?? []), ...models].map((path) => ({ path })),
  });
}

function listModels(object: Fields, path: Path): FieldModel[] {
  return findValues(object, path).map(({ path: field, value }) => {
    if (typeof value !== "string") throw new WorkloadError(field, "a string");
    return { source: value, field, container: field, scope: "spec" };
  });
}
