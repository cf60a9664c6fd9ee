import type { Rule } from "./rule.ts";

/** No kind of artifact that this version reads carries verdicts, and an absent verdict is not a pass. */
export const neverHolds: Rule = {
  policy({ spec }) {
    const message =
      "can never hold: no artifact that this version reads carries verdicts; ask for a metric with min or max";
    return spec.require.flatMap(({ benchmarks = [] }, at) =>
      benchmarks.flatMap(({ passed }, index) =>
        passed === undefined ? [] : [{ path: ["spec", "require", at, "benchmarks", index, "passed"], message }],
      ),
    );
  },
};
