import type { LintWarning, Rule } from "./rule.ts";

/** What the requester can write must not weaken a check: labels, annotations and arguments are theirs. */
export const requesterWrites: Rule = {
  policy: ({ spec: { match, exclude, workload } }) => [
    ...(workload?.environment ?? []).flatMap(({ namespaceLabel }, at): LintWarning[] => {
      if (namespaceLabel !== undefined) return [];
      const message = "whoever deploys can write this, and so choose the environment: a namespaceLabel is safer";
      return [{ path: ["spec", "workload", "environment", at], message }];
    }),
    ...onLabels(
      match?.objectSelector,
      "match",
      "whoever deploys can leave the labels out, and so leave the policy: select by namespace",
    ),
    ...onLabels(
      exclude?.objectSelector,
      "exclude",
      "whoever deploys can write these labels, and so leave the policy: select by namespace",
    ),
  ],
};

function onLabels(selector: object | undefined, parent: string, message: string): LintWarning[] {
  return selector === undefined ? [] : [{ path: ["spec", parent, "objectSelector"], message }];
}
