import type { Budget } from "../budget.ts";
import { getFields, type Place, listPlaces, getStringMap, getText, getTexts } from "../shape.ts";
import { isAcceleratorLabel, findPartLabel, findProductLabel } from "./node-labels.ts";
import { intersectParts, withPart } from "./products/parts.ts";

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
  /** For every label that tells which part of a device is meant, the alternatives. */
  readonly parts: readonly (readonly (string | undefined)[])[];
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
  const always = applyConditions(selector, spend);
  const perTerm =
    terms.length === 0 ? [always] : terms.map((term) => both(always, applyConditions(term, spend), spend));
  const perTermClasses = perTerm.map(({ classes, parts }) => partitioned(classes, parts, spend));
  const isPinned = perTermClasses.every((classes) => classes !== undefined);
  const conditions = [selector, ...terms].flat();
  return {
    classes: isPinned ? [...new Set(perTermClasses.flat())].toSorted() : undefined,
    asksForAccelerator: perTerm.every((left) => left.asksForAccelerator),
    field: (conditions.find(({ key }) => findProductLabel(key) !== undefined) ?? conditions[0])?.field,
  };
}

function selectorConditions({ path, fields }: Place, budget: Budget): Condition[] {
  const selector = getStringMap(fields, "nodeSelector", path);
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
    const next = getFields(place, key, at);
    if (next === undefined) return [];
    place = next;
    at = `${at}.${key}`;
  }
  const terms = listPlaces(place, "nodeSelectorTerms", at);
  budget.spend("placements", terms.length, at);
  return terms.flatMap((term) => {
    const expressions = listPlaces(term.fields, "matchExpressions", term.path);
    budget.spend("placements", expressions.length, term.path);
    const isEmpty = expressions.length === 0 && listPlaces(term.fields, "matchFields", term.path).length === 0;
    return isEmpty ? [] : [expressions.flatMap((expression) => listConditions(expression, budget))];
  });
}

function listConditions({ path, fields }: Place, budget: Budget): Condition[] {
  if (getText(fields, "operator", path) !== "In") return [];
  const values = getTexts(fields, "values", path);
  budget.spend("placements", values.length, path);
  return [{ key: getText(fields, "key", path) ?? "", values, field: path }];
}

type Spend = (count: number) => void;

const everything: Left = { classes: undefined, parts: [], asksForAccelerator: false };

function applyConditions(conditions: readonly Condition[], spend: Spend): Left {
  let left = everything;
  for (const condition of conditions) left = both(left, leftByOne(condition), spend);
  return left;
}

function leftByOne({ key, values }: Condition): Left {
  const read = findProductLabel(key);
  const part = findPartLabel(key);
  const isRefused = values.every((value) => value === "false" || value === "");
  if (read === undefined) {
    const asksForAccelerator = !isRefused && isAcceleratorLabel(key);
    return { classes: undefined, parts: part === undefined ? [] : [values.map(part)], asksForAccelerator };
  }
  const instances = values.map(read);
  const classes = instances.map((instance) => instance?.hardware);
  return {
    classes: classes.every((one) => one !== undefined) ? classes : undefined,
    parts: [],
    asksForAccelerator: !isRefused && instances.every((instance) => instance !== undefined),
  };
}

function both(one: Left, other: Left, spend: Spend): Left {
  if (one === everything) return other;
  return {
    classes: meetAll(one.classes, other.classes, spend),
    parts: other.parts.length === 0 ? one.parts : [...one.parts, ...other.parts],
    asksForAccelerator: one.asksForAccelerator || other.asksForAccelerator,
  };
}

function meetAll(some: Classes, others: Classes, spend: Spend): Classes {
  if (some === undefined || others === undefined) return some ?? others;
  spend(some.length * others.length);
  return [...new Set(some.flatMap((one) => others.flatMap((other) => intersectParts(one, other) ?? [])))];
}

/** The classes, cut down to the parts that labels tell. Undefined: a label's value is not understood. */
function partitioned(classes: Classes, parts: Left["parts"], spend: Spend): Classes {
  if (parts.length === 0) return classes;
  let left = classes;
  for (const alternatives of parts.toSorted(sharedLast)) {
    if (left === undefined || alternatives.includes(undefined)) return undefined;
    spend(left.length * alternatives.length);
    left = left.flatMap((one) => alternatives.flatMap((part) => withPart(one, part ?? "") ?? []));
  }
  return left;
}

/** A partition may be shared, too, and is the narrower of the two. */
function sharedLast([one]: readonly (string | undefined)[], [other]: readonly (string | undefined)[]): number {
  return Number(one === "-shared") - Number(other === "-shared");
}
