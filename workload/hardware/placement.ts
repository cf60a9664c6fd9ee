import {
  acceleratorLabelPrefixes,
  meet,
  partitionLabel,
  type ProductLabel,
  productLabels,
  withPartition,
} from "./hardware-classes.ts";
import { fieldsAt, type Place, placesAt, stringMapAt, textAt, textsAt } from "../shape.ts";

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

/** What conditions that hold together leave. */
interface Left {
  readonly classes: Classes;
  readonly profiles: readonly string[];
  readonly asksForAccelerator: boolean;
}

/**
 * `nodeSelector` and required node affinity: terms are alternatives, the expressions of a term hold together. Preferred
 * affinity and operators other than `In` constrain nothing.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
 */
export function readPlacement(pod: Place): Placement {
  const selector = selectorConditions(pod);
  const terms = affinityTerms(pod);
  if (selector.length === 0 && terms.length === 0) {
    return { classes: undefined, asksForAccelerator: false, field: undefined };
  }
  const always = leftBy(selector);
  const perTerm = terms.length === 0 ? [always] : terms.map((term) => both(always, leftBy(term)));
  const perTermClasses = perTerm.map(({ classes, profiles }) => partitioned(classes, profiles));
  const isPinned = perTermClasses.every((classes) => classes !== undefined);
  const conditions = [selector, ...terms].flat();
  return {
    classes: isPinned ? [...new Set(perTermClasses.flat())].toSorted() : undefined,
    asksForAccelerator: perTerm.every((left) => left.asksForAccelerator),
    field: (conditions.find(({ key }) => productLabelOf(key) !== undefined) ?? conditions[0])?.field,
  };
}

function selectorConditions({ path, fields }: Place): Condition[] {
  const selector = stringMapAt(fields, "nodeSelector", path);
  return Object.keys(selector).map((key) => ({
    key,
    values: [selector[key] ?? ""],
    field: `${path}.nodeSelector[${key}]`,
  }));
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

/** A longer list of values pins nothing: no real one is, and two of them must not multiply. */
const maxValues = 64;

function leftBy(conditions: readonly Condition[]): Left {
  let left: Left = { classes: undefined, profiles: [], asksForAccelerator: false };
  for (const condition of conditions) left = both(left, leftByOne(condition));
  return left;
}

function leftByOne(condition: Condition): Left {
  const { key, values } = condition;
  const asksForAccelerator = isAccelerator(condition);
  if (values.length > maxValues) return { classes: undefined, profiles: [], asksForAccelerator };
  const label = productLabelOf(key);
  const classes = label && values.map((value) => label.classOf(value));
  const isKnown = classes?.every((value) => value !== undefined) === true;
  return { classes: isKnown ? classes : undefined, profiles: key === partitionLabel ? values : [], asksForAccelerator };
}

function both(one: Left, other: Left): Left {
  return {
    classes: meetAll(one.classes, other.classes),
    profiles: one.profiles.length === 0 ? other.profiles : one.profiles,
    asksForAccelerator: one.asksForAccelerator || other.asksForAccelerator,
  };
}

function meetAll(some: Classes, others: Classes): Classes {
  if (some === undefined || others === undefined) return some ?? others;
  return [...new Set(some.flatMap((one) => others.flatMap((other) => meet(one, other) ?? [])))];
}

/** The classes, cut down to partitions of these profiles. */
export function partitioned(classes: Classes, profiles: readonly string[]): Classes {
  if (profiles.length === 0) return classes;
  return classes?.flatMap((one) => {
    const product = one.replace(/-mig-.*$/, "");
    return profiles.flatMap((profile) => meet(one, withPartition(product, profile)) ?? []);
  });
}

function productLabelOf(key: string): ProductLabel | undefined {
  return productLabels.find((label) => label.key === key);
}

function isAccelerator({ key, values }: Condition): boolean {
  if (values.every((value) => value === "false" || value === "")) return false;
  return (
    productLabels.some((label) => label.key === key) ||
    acceleratorLabelPrefixes.some((prefix) => key.startsWith(prefix))
  );
}
