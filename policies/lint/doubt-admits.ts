import type { Rule } from "./rule.ts";

/** With `onUnavailable: Warn`, whoever deploys may name evidence that gives no answer beside evidence that fails. */
export const doubtAdmits: Rule = {
  policy({ spec: { mode, onUnavailable } }) {
    if (mode !== "Enforce" || onUnavailable !== "Warn") return [];
    const message = "lets whoever deploys turn a denial into a warning, by naming evidence that gives no answer";
    return [{ path: ["spec", "onUnavailable"], message }];
  },
};
