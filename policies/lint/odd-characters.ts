import { show } from "../show.ts";
import type { LintWarning, Rule } from "./rule.ts";

/**
 * Values are compared to the letter. One that holds what is not ASCII, or begins or ends with a blank, looks like another
 * and will never match it: `prоduction` with a Cyrillic o is not `production`.
 */
export const oddCharacters: Rule = {
  policy: ({ spec }) => findOddCharacters(spec, ["spec"]),
  exception: ({ spec: { scope } }) => findOddCharacters(scope, ["spec", "scope"]),
};

const ordinary = /^$|^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

function findOddCharacters(value: unknown, path: readonly PropertyKey[]): LintWarning[] {
  if (typeof value === "string") return warnOfText(value, path);
  if (Array.isArray(value)) return value.flatMap((item, at) => findOddCharacters(item, [...path, at]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    warnOfText(key, [...path, key]).concat(findOddCharacters(inner, [...path, key])),
  );
}

function warnOfText(text: string, path: readonly PropertyKey[]): LintWarning[] {
  if (ordinary.test(text)) return [];
  return [
    {
      path,
      message: `${show(text)} has blanks around it or characters that are not ASCII, and is compared exactly`,
    },
  ];
}
