import type { PolicyDocument } from "../schema/policy.ts";
import type { Rule } from "./rule.ts";

/**
 * A policy that asks which model runs and does not say what a declaration counts for. Nowhere may one name the model then,
 * and many a workload on a claim or a bucket that was admitted by its annotation is denied.
 */
export const declaredUnsaid: Rule = {
  policy({ spec }) {
    if (spec.workload?.declared !== undefined || !spec.require.some(asksForModel)) return [];
    const message =
      "denies models on claims, in buckets or at paths, models inside images, and those that cannot be read, even where an annotation names them. Write workload.declared: {version: Accept} to say so, or {name: [Place]} to accept more";
    return [{ path: ["spec", ...(spec.workload === undefined ? [] : ["workload"])], message }];
  },
};

function asksForModel({ model }: PolicyDocument["spec"]["require"][number]): boolean {
  return model?.name !== "Any" || model.version !== "Any";
}
