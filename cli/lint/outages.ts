import type { Rule } from "./rule.ts";

/** Whoever deploys chooses the references, and so whether the gate gets an answer. Only Enforce has a denial to lose. */
export const outages: Rule = {
  policy({ spec: { mode, onUnavailable } }) {
    if (mode !== "Enforce" || onUnavailable !== "Warn") return [];
    const message = "whoever deploys can turn a denial into a warning by naming evidence that gives no answer";
    return [{ path: ["spec", "onUnavailable"], message }];
  },
};
