import { shortenDigest, type Digest } from "../digest.ts";
import type { ErrorReason } from "../reasons.ts";
import type { ModelIndex, Workload } from "../workload.ts";

/** How the digests that evidence is about stand to the build that runs. `says` goes on after a sentence that names both. */
export type ComparedBuilds =
  | { readonly kind: "same"; readonly found: string }
  | { readonly kind: "other"; readonly says: string }
  | { readonly kind: "unavailable"; readonly reason: ErrorReason; readonly says: string };

/**
 * Whether evidence about these digests is about the build with that digest: one of them is the same, or an image index, read by
 * its digest, that lists it. Evidence about one manifest of an index is never about the index, for a node may run another.
 */
export function compareBuilds(known: readonly Digest[], digest: Digest, workload: Workload): ComparedBuilds {
  if (known.includes(digest)) return { kind: "same", found: digest };
  const { modelIndexes = [] } = workload;
  const asked = known.map((one) => modelIndexes.filter((index) => index.digest === one));
  const listing = asked.flat().find(({ found }) => found.kind === "index" && found.lists.includes(digest));
  if (listing !== undefined) return { kind: "same", found: `the image index ${listing.digest}, which lists ${digest}` };
  const unseen = asked.flatMap((places) => findUnseen(places) ?? [])[0];
  if (unseen !== undefined) {
    const says = `; it could not be checked whether the evaluated digest is an image index that lists the other: ${unseen.message}`;
    return { kind: "unavailable", reason: unseen.reason, says };
  }
  const own = modelIndexes.filter((index) => index.digest === digest);
  const says = asked.flatMap((places) => explainIndex(places) ?? [])[0] ?? explainWhole(own, known) ?? "";
  return { kind: "other", says };
}

/** Why it is not known what the digest is. What it is in one place it is in all of them. */
function findUnseen(places: readonly ModelIndex[]): Extract<ModelIndex["found"], { kind: "unavailable" }> | undefined {
  const answers = places.map(({ found }) => found);
  if (answers.some(({ kind }) => kind === "index" || kind === "none")) return undefined;
  return answers.find((found) => found.kind === "unavailable");
}

function explainIndex(places: readonly ModelIndex[]): string | undefined {
  const answers = places.map(({ found }) => found);
  const index = answers.find((found) => found.kind === "index");
  if (index !== undefined)
    return `; what was evaluated is an image index of ${index.size} manifests, and this is not one of them`;
  const refused = answers.find((found) => found.kind === "refused");
  return (
    refused &&
    `; it could not be found out whether the evaluated digest is an image index that lists the other: ${refused.message}`
  );
}

function explainWhole(own: readonly ModelIndex[], known: readonly Digest[]): string | undefined {
  const index = own.map(({ found }) => found).find((found) => found.kind === "index");
  const part = known.find((one) => index?.lists.includes(one));
  if (index === undefined || part === undefined) return undefined;
  return `; that is an image index of ${index.size} manifests, of which only ${shortenDigest(part)} was evaluated: name that manifest in the workload, or publish evidence about the index`;
}
