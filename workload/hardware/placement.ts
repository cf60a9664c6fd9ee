import type { Budget } from "../budget.ts";
import { fieldsAt, type Place, placesAt, stringMapAt, textAt, textsAt } from "../shape.ts";
import { acceleratorLabelPrefixes, partitionLabel, type ProductLabel, productLabels } from "./hardware-classes.ts";
import { meet, migPart, withPart } from "./parts.ts";

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
 * affinity and operators other than `In` constrain nothing. Terms, expressions, values and what is made of them are counted.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
 */
export function readPlacement(pod: Place, budget: Budget): Placement {
  const selector = selectorConditions(pod, budget);
  const terms = affinityTerms(pod, budget);
  if (selector.length === 0 && terms.length === 0) {
    return { classes: undefined, asksForAccelerator: false, field: undefined };
  }
  const spend = (count: number): void => budget.spend("placements", count, pod.path);
  const always = leftBy(selector, spend);
  const perTerm = terms.length === 0 ? [always] : terms.map((term) => both(always, leftBy(term, spend), spend));
  const perTermClasses = perTerm.map(({ classes, profiles }) => partitioned(classes, profiles, spend));
  const isPinned = perTermClasses.every((classes) => classes !== undefined);
  const conditions = [selector, ...terms].flat();
  return {
    classes: isPinned ? [...new Set(perTermClasses.flat())].toSorted() : undefined,
    asksForAccelerator: perTerm.every((left) => left.asksForAccelerator),
    field: (conditions.find(({ key }) => productLabelOf(key) !== undefined) ?? conditions[0])?.field,
  };
}

function selectorConditions({ path, fields }: Place, budget: Budget): Condition[] {
  const selector = stringMapAt(fields, "nodeSelector", path);
  const keys = Object.keys(selector);
  budget.spend("placements", keys.length, `${path}.nodeSelector`);
  return keys.map((key) => ({
    key,
    values: [selector[key] ?? ""],
    field: `${path}.nodeSelector[${key}]`,
  }));
}

/** A term without expressions matches no node. */
function affinityTerms({ path, fields }: Place, budget: Budget): Condition[][] {
  let place = fields;
  let at = path;
  for (const key of ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]) {
    const next = fieldsAt(place, key, at);
    if (next === undefined) return [];
    place = next;
    at = `${at}.${key}`;
  }
  const terms = placesAt(place, "nodeSelectorTerms", at);
  budget.spend("placements", terms.length, at);
  return terms.flatMap((term) => {
    const expressions = placesAt(term.fields, "matchExpressions", term.path);
    budget.spend("placements", expressions.length, term.path);
    const isEmpty = expressions.length === 0 && placesAt(term.fields, "matchFields", term.path).length === 0;
    return isEmpty ? [] : [expressions.flatMap((expression) => conditionsOf(expression, budget))];
  });
}

function conditionsOf({ path, fields }: Place, budget: Budget): Condition[] {
  if (textAt(fields, "operator", path) !== "In") return [];
  const values = textsAt(fields, "values", path);
  budget.spend("placements", values.length, path);
  return [{ key: textAt(fields, "key", path) ?? "", values, field: path }];
}

type Spend = (count: number) => void;

function leftBy(conditions: readonly Condition[], spend: Spend): Left {
  let left: Left = { classes: undefined, profiles: [], asksForAccelerator: false };
  for (const condition of conditions) left = both(left, leftByOne(condition), spend);
  return left;
}

function leftByOne(condition: Condition): Left {
  const { key, values } = condition;
  const asksForAccelerator = isAccelerator(condition);
  const label = productLabelOf(key);
  const classes = label && values.map((value) => label.classOf(value));
  const isKnown = classes?.every((value) => value !== undefined) === true;
  return { classes: isKnown ? classes : undefined, profiles: key === partitionLabel ? values : [], asksForAccelerator };
}

function both(one: Left, other: Left, spend: Spend): Left {
  return {
    classes: meetAll(one.classes, other.classes, spend),
    profiles: one.profiles.length === 0 ? other.profiles : one.profiles,
    asksForAccelerator: one.asksForAccelerator || other.asksForAccelerator,
  };
}

function meetAll(some: Classes, others: Classes, spend: Spend): Classes {
  if (some === undefined || others === undefined) return some ?? others;
  spend(some.length * others.length);
  return [...new Set(some.flatMap((one) => others.flatMap((other) => meet(one, other) ?? [])))];
}

/** The classes, cut down to partitions of these profiles. */
function partitioned(classes: Classes, profiles: readonly string[], spend: Spend): Classes {
  if (classes === undefined || profiles.length === 0) return classes;
  spend(classes.length * profiles.length);
  return classes.flatMap((one) => profiles.flatMap((profile) => withPart(one, migPart(profile)) ?? []));
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
