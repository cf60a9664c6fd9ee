import type { Rule } from "./rule.ts";

/** A bare digest is looked up in repositories that are named in full; a pattern cannot be searched. */
export const patternsOnly: Rule = {
  policy({ spec: { evidence } }) {
    if (evidence.repositories.some((repository) => !repository.includes("*"))) return [];
    const message = "lists only patterns: workloads must name the repository, for a bare digest cannot be looked up";
    return [{ path: ["spec", "evidence", "repositories"], message }];
  },
};
