import { nearest } from "../policies/nearest.ts";

/** `did you mean X?` for a mistyped word, else what there is to choose from. */
export function suggest(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates);
  return meant === undefined ? `expected one of ${candidates.join(", ")}` : `did you mean ${meant}?`;
}
