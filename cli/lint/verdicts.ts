import type { Remark, Rule } from "./rule.ts";

/** A verdict that no artifact carries cannot be asked for: EvalHub's adapters write scores, and a plain artifact nothing. */
export const verdicts: Rule = {
  policy: ({ spec: { require } }) =>
    require.flatMap(({ benchmarks = [] }, at) =>
      benchmarks.flatMap(({ passed }, index): Remark[] => {
        if (passed === undefined) return [];
        const message =
          "no artifact kind of this version carries verdicts, so this can never hold: ask for a metric with min or max";
        return [{ path: ["spec", "require", at, "benchmarks", index, "passed"], message }];
      }),
    ),
};
