import type { LintWarning, Rule } from "./rule.ts";

/** A served name is an alias: whoever deploys serves any model under any name. */
export const aliases: Rule = {
  policy: ({ spec: { workload } }) =>
    (workload?.modelName ?? []).flatMap(({ argument }, at): LintWarning[] => {
      if (argument === undefined) return [];
      const counts = workload?.declared?.name === undefined ? never : sometimes;
      return [{ path: ["spec", "workload", "modelName", at], message: `${argument} is an alias, which ${counts}` }];
    }),
};

const sometimes =
  "whoever deploys chooses: it counts only where what runs has no name of its own and workload.declared.name lets a declaration stand in";
const never = "never counts here: nothing lets it stand in for the name of what runs; see workload.declared.name";
