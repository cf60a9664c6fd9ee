import type { Rule } from "./rule.ts";

/** What is not read cannot be compared. */
export const openEnvironment: Rule = {
  policy({ spec: { workload } }) {
    if (workload?.openEnvironment !== "Accept") return [];
    const message =
      "whoever may write a ConfigMap or Secret that a workload takes its environment from (envFrom) can change the model, its adapters and its arguments, and nobody judges that";
    return [{ path: ["spec", "workload", "openEnvironment"], message }];
  },
};
