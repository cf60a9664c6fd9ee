import type { ValueSource } from "../schema/workload.ts";
import { show } from "../show.ts";
import { has, type Workload } from "../workload.ts";

/** What the workload declares, by one list of sources. Several different values at the deciding source are a contradiction. */
export type Declaration = {
  readonly value: string | undefined;
  readonly conflict: string | undefined;
  readonly namespaceUnknown: boolean;
};

/** Nothing is declared, and nothing stands in the way of knowing that. */
export const nothingDeclared: Declaration = { value: undefined, conflict: undefined, namespaceUnknown: false };

/** The first source with a value. A namespace label that could not be looked up ends the search: a weaker source must not step in. */
export function readDeclared(workload: Workload, sources: readonly ValueSource[]): Declaration {
  for (const source of sources) {
    if (source.namespaceLabel !== undefined && workload.namespaceLabels === undefined)
      return { ...nothingDeclared, namespaceUnknown: true };
    const values = [...new Set(listValues(workload, source).filter((value) => value !== ""))];
    const [value] = values;
    if (values.length > 1) {
      const conflict = `declared as ${values.map(show).join(" and as ")} in different places`;
      return { ...nothingDeclared, conflict };
    }
    if (value !== undefined) return { ...nothingDeclared, value };
  }
  return nothingDeclared;
}

/** Flags are read per model, as aliases, where there is one; here they serve a workload without. */
function listValues(
  { metadata, namespaceLabels = {}, arguments: flags, models }: Workload,
  { annotation, label, namespaceLabel, argument }: ValueSource,
): string[] {
  if (annotation !== undefined)
    return metadata.flatMap(({ annotations }) => (has(annotations, annotation) ? [annotations[annotation] ?? ""] : []));
  if (label !== undefined) return metadata.flatMap(({ labels }) => (has(labels, label) ? [labels[label] ?? ""] : []));
  if (namespaceLabel !== undefined)
    return has(namespaceLabels, namespaceLabel) ? [namespaceLabels[namespaceLabel] ?? ""] : [];
  return models.length > 0 ? [] : flags.filter(({ name }) => name === argument).map(({ value }) => value);
}

/** The source in words, for the person who is to write there. */
export function saySource({ annotation, label, namespaceLabel, argument }: ValueSource): string {
  if (annotation !== undefined) return `the annotation ${show(annotation)}`;
  if (label !== undefined) return `the label ${show(label)}`;
  return namespaceLabel === undefined
    ? `the argument ${show(argument)}`
    : `the namespace's label ${show(namespaceLabel)}`;
}
