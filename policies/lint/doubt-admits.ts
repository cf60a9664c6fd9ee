import type { Rule } from "./rule.ts";

/**
 * With `onUnavailable: Warn`, whoever deploys may name evidence that gives no answer beside evidence that fails. With `newest`,
 * whoever may push may attach so much to the model that a newer run which fails is not read in time.
 */
export const doubtAdmits: Rule = {
  policy({ spec: { mode, onUnavailable, evidence } }) {
    if (mode !== "Enforce" || onUnavailable !== "Warn") return [];
    const path = ["spec", "onUnavailable"];
    const message = "lets whoever deploys turn a denial into a warning, by naming evidence that gives no answer";
    const pushed =
      "lets whoever may push turn a denial by evidence.newest into a warning, by attaching more to the model than is read in time";
    return [{ path, message }, ...(evidence.newest === true ? [{ path, message: pushed }] : [])];
  },
};
