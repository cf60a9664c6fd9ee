import { acceleratorLabelPrefixes, meet, partitionLabel, productLabels, withPartition } from "./hardware-classes.ts";
import { fieldsAt, type Place, placesAt, stringMapAt, textAt, textsAt } from "./shape.ts";

/** What a pod's node selector and required affinity say of the nodes it can land on. */
export interface Placement {
  /** Every class that is left, sorted. Undefined: nothing pins a class. Empty: what pins it contradicts itself. */
  readonly classes: readonly string[] | undefined;
  /** Only nodes with an accelerator are left. */
  readonly asksForAccelerator: boolean;
  readonly field: string | undefined;
}

/** One condition: a label, and the values it may have. */
interface Condition {
  readonly key: string;
  readonly values: readonly string[];
  readonly field: string;
}

type Classes = readonly string[] | undefined;

/**
 * `nodeSelector` and required node affinity: terms are alternatives, the expressions of a term hold together. Preferred
 * affinity and operators other than `In` constrain nothing.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
 */
export function readPlacement(pod: Place): Placement {
  const selector = selectorConditions(pod);
  const terms = affinityTerms(pod);
  if (selector.length === 0 && terms.length === 0) return { classes: undefined, asksForAccelerator: false, field: undefined };
  const alternatives = terms.length === 0 ? [selector] : terms.map((term) => [...selector, ...term]);
  const perTerm = alternatives.map(classesOf);
  const classes = perTerm.every((set) => set !== undefined) ? [...new Set(perTerm.flat())].toSorted() : undefined;
  const deciding = alternatives.flat().find(({ key }) => productLabels.some((label) => label.key === key)) ?? alternatives.flat()[0];
  return { classes, asksForAccelerator: alternatives.every((term) => term.some(isAccelerator)), field: deciding?.field };
}

function selectorConditions({ path, fields }: Place): Condition[] {
  const selector = stringMapAt(fields, "nodeSelector", path);
  return Object.keys(selector).map((key) => ({ key, values: [selector[key] ?? ""], field: `${path}.nodeSelector[${key}]` }));
}

/** A term without expressions matches no node. */
function affinityTerms({ path, fields }: Place): Condition[][] {
  let place = fields;
  let at = path;
  for (const key of ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]) {
    const next = fieldsAt(place, key, at);
    if (next === undefined) return [];
    place = next;
    at = `${at}.${key}`;
  }
  return placesAt(place, "nodeSelectorTerms", at).flatMap((term) => {
    const expressions = placesAt(term.fields, "matchExpressions", term.path);
    const isEmpty = expressions.length === 0 && placesAt(term.fields, "matchFields", term.path).length === 0;
    return isEmpty ? [] : [expressions.flatMap(conditionsOf)];
  });
}

function conditionsOf(expression: Place): Condition[] {
  const { path, fields } = expression;
  if (textAt(fields, "operator", path) !== "In") return [];
  return [{ key: textAt(fields, "key", path) ?? "", values: textsAt(fields, "values", path), field: path }];
}

/** The classes that all conditions leave. */
function classesOf(conditions: readonly Condition[]): Classes {
  let classes: Classes;
  for (const { key, values } of conditions) {
    const label = productLabels.find((known) => known.key === key);
    const pinned = label && values.map((value) => label.classOf(value));
    if (pinned === undefined || !pinned.every((value) => value !== undefined)) continue;
    classes = classes === undefined ? pinned : classes.flatMap((one) => pinned.flatMap((other) => meet(one, other) ?? []));
  }
  const profiles = conditions.filter(({ key }) => key === partitionLabel).flatMap(({ values }) => values);
  return profiles.length === 0 ? classes : partitioned(classes, profiles);
}

/** The classes, cut down to partitions of these profiles. */
export function partitioned(classes: Classes, profiles: readonly string[]): Classes {
  return classes?.flatMap((one) =>
    profiles.flatMap((profile) => {
      const product = one.replace(/-mig-.*$/, "");
      return meet(one, withPartition(product, profile)) ?? [];
    }),
  );
}

function isAccelerator({ key, values }: Condition): boolean {
  if (values.every((value) => value === "false" || value === "")) return false;
  return productLabels.some((label) => label.key === key) || acceleratorLabelPrefixes.some((prefix) => key.startsWith(prefix));
}
