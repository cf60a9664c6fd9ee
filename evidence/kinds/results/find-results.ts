import { show } from "../../../policies/show.ts";
import type { Descriptor } from "../../../registry/manifest.ts";
import type { JobResults } from "../job-results.ts";
import type { Reading } from "../kind.ts";
import { catchInvalid } from "./catch-invalid.ts";
import type { FileResults } from "./format.ts";
import type { FileContent } from "./read-layer.ts";

/** The results in an artifact's files, in the order of its layers. */
export interface FoundResults {
  readonly jobs: readonly JobResults[];
  readonly files: readonly FileResults[];
  /** The first file that could not be accepted. It matters only where no other file holds results. */
  readonly problem: Error | undefined;
  /** Files that may hold results, and that the gate cannot read, each with why: nobody knows what they say. */
  readonly unread: readonly string[];
}

/**
 * One layer after the other, so that no more than one is held; and the smallest first, so that a large file of something else
 * does not use up what the results need. A file of no shape that is known is passed over; one that cannot be read is named; one
 * that has an evaluator's shape and is malformed throws.
 */
export async function findResults(layers: readonly Descriptor[], reading: Reading): Promise<FoundResults> {
  const inLayers = new Map<Descriptor, readonly FileContent[]>();
  const candidates = layers.filter((layer) => mayHoldResults(layer) && isPacked(layer));
  for (const layer of candidates.toSorted((a, b) => a.size - b.size)) {
    // What unpacks, and what knows evaluators, is loaded for artifacts that need it.
    const found = await catchInvalid<readonly FileContent[]>(
      async () => (await import("./read-layer.ts")).readLayer(layer, reading),
      (unreadable) => [{ unreadable }],
    );
    inLayers.set(layer, found);
  }
  const found = candidates.flatMap((layer) => inLayers.get(layer) ?? []);
  for (const one of found) if ("malformed" in one) throw one.malformed;
  return {
    jobs: found.flatMap((one) => ("job" in one ? [one.job] : [])),
    files: found.flatMap((one) => ("file" in one ? [one.file] : [])),
    problem: [...inLayers.values()].flat().flatMap(getProblem)[0],
    unread: layers.flatMap((layer) => listUnread(layer, inLayers.get(layer))),
  };
}

function getProblem(found: FileContent): Error[] {
  if ("unreadable" in found) return [found.unreadable];
  return "unknown" in found ? [found.unknown] : [];
}

/** `found`: undefined for a layer that was not fetched. */
function listUnread(layer: Descriptor, found: readonly FileContent[] | undefined): string[] {
  if (!mayHoldResults(layer)) return [];
  const name = show(getFileName(layer));
  if (found === undefined) return [`${name} cannot be read: a layer of type ${show(layer.mediaType)}`];
  return found.flatMap((one) => ("unreadable" in one ? [`${name} cannot be read: ${one.unreadable.message}`] : []));
}

/**
 * By the name, which is attacker-controlled: it tells what cannot be results from what may be, so that large logs are not
 * fetched, and never becomes a path. Which results they are shows in their shape.
 */
function mayHoldResults(layer: Descriptor): boolean {
  const name = getFileName(layer) ?? "";
  return /\.(?:json|jsonl|eval)$/.test(name) && !/(?:^|\/)samples(?:_[^/]*)?\.jsonl$|\.hitlog\.jsonl$/.test(name);
}

/** As everybody packs results. `push` leaves what is far over the limits unpacked. */
function isPacked({ mediaType }: Descriptor): boolean {
  return mediaType === "application/vnd.oci.image.layer.v1.tar+gzip";
}

/** What producers call the file in a layer: attacker-controlled. */
export function getFileName({ annotations }: Descriptor): string | undefined {
  return (
    annotations["olot.layer.content.name"] ?? annotations["olot.title"] ?? annotations["org.opencontainers.image.title"]
  );
}
