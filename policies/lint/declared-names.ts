import type { LintWarning, Rule } from "./rule.ts";

/** What a policy lets whoever deploys say about a model that the gate cannot see, and what that is worth. */
export const declaredNames: Rule = {
  policy: ({ spec: { workload } }) =>
    (workload?.declared?.name ?? []).map((gap, at): LintWarning => {
      const hasList = gap === "Image" && workload?.images !== undefined;
      return { path: ["spec", "workload", "declared", "name", at], message: hasList ? withList : worth[gap] };
    }),
};

const worth = {
  Place:
    "whoever deploys says which model lies on a claim, in a bucket or at a path: the answer is worth as much as their word, unless model.digest is asked for",
  Image:
    "whoever deploys says which model is inside any image at all that starts by its own entry point: list the images that may run in workload.images instead, by digest",
  Opaque:
    "whoever deploys can hide what is loaded (in a script, a secret, a redirected hub) and then choose the model's name",
} as const;

const withList =
  "is more than the list of images needs: a declaration names what is inside those that it lists without this";
