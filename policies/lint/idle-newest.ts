import type { Rule } from "./rule.ts";

/** `evidence.newest` compares what evaluations say of benchmarks. Where no requirement asks for one, it compares nothing. */
export const idleNewest: Rule = {
  policy({ spec: { evidence, require } }) {
    if (evidence.newest !== true || require.some(({ benchmarks }) => benchmarks !== undefined)) return [];
    const message =
      "compares nothing: no requirement asks for benchmarks, and a newer evaluation stands against an older one in those alone";
    return [{ path: ["spec", "evidence", "newest"], message }];
  },
};
