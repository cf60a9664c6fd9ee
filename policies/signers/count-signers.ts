import type { VerifiedSignature } from "../artifact.ts";
import type { Signer } from "../signer.ts";

/**
 * How many of a policy's entries have signed, each by somebody else: no one person stands for two entries, and no one entry
 * for two people, however many branches its pattern covers. The largest such number, found by augmenting paths. Entries that
 * say the same are one.
 */
export function countSigners(any: readonly Signer[], verified: readonly VerifiedSignature[]): number {
  const people = new Map(any.map(({ id }) => [id, new Set<string>()]));
  for (const { signer, identity } of verified) people.get(signer)?.add(identity);
  const taken = new Map<string, string>();
  return [...people.keys()].filter((entry) => place(entry, people, taken, new Set())).length;
}

/** Finds the entry somebody, by moving others where needed. Nobody is asked twice, so it ends. */
function place(
  entry: string,
  people: ReadonlyMap<string, ReadonlySet<string>>,
  taken: Map<string, string>,
  asked: Set<string>,
): boolean {
  for (const person of people.get(entry) ?? []) {
    if (asked.has(person)) continue;
    asked.add(person);
    const other = taken.get(person);
    if (other !== undefined && !place(other, people, taken, asked)) continue;
    taken.set(person, entry);
    return true;
  }
  return false;
}
