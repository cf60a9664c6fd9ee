import { findNearest } from "../language/nearest.ts";
import type { LintWarning, Rule } from "./rule.ts";

/** Policies and requirements that a test or an exception names, and that do not exist: it tests, or softens, nothing. */
export const unknownNames: Rule = {
  test: ({ spec: { policies = [] } }, { set }) =>
    unknown("policy", policies, listNames(set.policies), ["spec", "policies"]),
  exception({ spec: { policies, requirements } }, { set }) {
    const strangers = unknown("policy", policies, listNames(set.policies), ["spec", "policies"]);
    if (strangers.length > 0) return strangers;
    const named = set.policies.filter(({ name }) => policies.includes(name)).flatMap((policy) => policy.requirements);
    return unknown("requirement", requirements, listNames(named), ["spec", "requirements"]);
  },
};

function unknown(
  noun: string,
  names: readonly string[],
  known: readonly string[],
  path: readonly PropertyKey[],
): LintWarning[] {
  return names.flatMap((name, at) => {
    if (known.includes(name)) return [];
    const meant = findNearest(name, known);
    return [
      {
        path: [...path, at],
        message: `no ${noun} is named ${name}${meant === undefined ? "" : `: did you mean ${meant}?`}`,
      },
    ];
  });
}

function listNames(things: readonly { readonly name: string }[]): string[] {
  return things.map(({ name }) => name);
}
