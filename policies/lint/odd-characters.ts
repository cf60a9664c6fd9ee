import { show } from "../show.ts";
import type { LintWarning, Rule } from "./rule.ts";

/**
 * Values are compared to the letter. One that holds what is not ASCII, or begins or ends with a blank, looks like another
 * and will never match it: `prоduction` with a Cyrillic o is not `production`.
 */
export const oddCharacters: Rule = {
  policy: ({ spec }) => oddIn(spec, ["spec"]),
  exception: ({ spec: { scope } }) => oddIn(scope, ["spec", "scope"]),
};

const ordinary = /^$|^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

function oddIn(value: unknown, path: readonly PropertyKey[]): LintWarning[] {
  if (typeof value === "string") return remarkOn(value, path);
  if (Array.isArray(value)) return value.flatMap((item, at) => oddIn(item, [...path, at]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    remarkOn(key, [...path, key]).concat(oddIn(inner, [...path, key])),
  );
}

function remarkOn(text: string, path: readonly PropertyKey[]): LintWarning[] {
  if (ordinary.test(text)) return [];
  return [
    {
      path,
      message: `${show(text)} has blanks around it or characters that are not ASCII, and is compared to the letter`,
    },
  ];
}
