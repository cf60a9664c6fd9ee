import { messages } from "../schema/messages.ts";
import type { LabelSelectorDocument } from "../schema/workload.ts";
import { has, type StringMap } from "../workload.ts";

/** A compiled metav1.LabelSelector. An empty one selects everything. */
export interface LabelSelector {
  readonly keys: readonly string[];
  selects(labels: StringMap): boolean;
}

type Expression = NonNullable<LabelSelectorDocument["matchExpressions"]>[number];

/**
 * The selector, or what is wrong with it.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/label-selector/
 */
export function compileLabelSelector(document: LabelSelectorDocument): LabelSelector | string {
  const labels = Object.entries(document.matchLabels ?? {});
  const expressions = document.matchExpressions ?? [];
  const wrong = expressions.find(
    ({ operator, values = [] }) => (operator === "In" || operator === "NotIn") !== values.length > 0,
  );
  if (wrong !== undefined) return `${wrong.key}: ${messages.selectorValues}`;
  return {
    keys: [...labels.map(([key]) => key), ...expressions.map(({ key }) => key)],
    selects: (candidate) =>
      labels.every(([key, value]) => has(candidate, key) && candidate[key] === value) &&
      expressions.every((expression) => holds(expression, candidate)),
  };
}

function holds({ key, operator, values = [] }: Expression, labels: StringMap): boolean {
  const value = has(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}
