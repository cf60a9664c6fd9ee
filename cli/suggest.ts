import { findNearest } from "../policies/language/nearest.ts";

const maxListed = 32;

/** `did you mean X?` for a mistyped or unfinished word, else what there is to choose from. */
export function suggest(word: string, candidates: readonly string[]): string {
  const begun = candidates.find((candidate) => candidate.toLowerCase().startsWith(word.toLowerCase()));
  const meant = findNearest(word, candidates) ?? begun;
  if (meant !== undefined) return `did you mean ${meant}?`;
  return candidates.length > maxListed ? "nothing is spelled like it" : `expected one of ${candidates.join(", ")}`;
}
