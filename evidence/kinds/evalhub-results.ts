import type { Content } from "../../policies/artifact.ts";
import { explainUnusable } from "../errors.ts";
import type { Descriptor } from "../../registry/manifest.ts";
import { isJobResults, parseJobResults, interpretJobResults, type JobResults } from "./job-results.ts";
import type { Kind, Reading } from "./kind.ts";
import { readJson } from "./read-json.ts";
import { unpack } from "./unpack.ts";

/**
 * What EvalHub's adapters publish: one file per layer, among them a dump of JobResults with the scores.
 * https://github.com/eval-hub/eval-hub
 */
export const evalhubResults: Kind = {
  name: "evalhub-results",
  matches: ({ artifactType }) => artifactType === "application/vnd.eval-hub.github.io",

  async readContent(manifest, reading): Promise<Content> {
    const { found, problem } = await findJobResults(manifest.layers.filter(isJsonFile), reading);
    if (found.length === 0 && problem !== undefined) throw problem;
    return interpretJobResults(found, manifest.annotations);
  },
};

interface Search {
  readonly found: readonly JobResults[];
  /** The first file that could not be accepted. It matters only where no other file holds the results. */
  readonly problem: Error | undefined;
}

/**
 * One layer after the other, so that no more than one is held; and the smallest first, so that a large file of something else
 * does not use up what the results need.
 */
async function findJobResults(layers: readonly Descriptor[], reading: Reading): Promise<Search> {
  const inLayers = new Map<Descriptor, readonly JobResults[]>();
  let problem: Error | undefined;
  for (const layer of layers.toSorted((a, b) => a.size - b.size)) {
    try {
      inLayers.set(layer, await readLayer(layer, reading));
    } catch (error) {
      if (!isInvalid(error)) throw error;
      problem ??= error;
    }
  }
  return { found: layers.flatMap((layer) => inLayers.get(layer) ?? []), problem };
}

function readLayer(layer: Descriptor, reading: Reading): Promise<readonly JobResults[]> {
  return reading.layer(layer, async (packed, takePlace) => {
    const found: JobResults[] = [];
    for (const file of await unpack(packed, reading.budget, takePlace)) {
      const value = await readJson(file, reading, takePlace);
      if (isJobResults(value)) found.push(parseJobResults(value, reading.budget));
    }
    return found;
  });
}

/** A registry that sends other bytes, or none, is never passed over. */
function isInvalid(error: unknown): error is Error {
  const missing = explainUnusable(error);
  return missing?.kind === "refused" && missing.reason === "ARTIFACT_INVALID";
}

/** The name is attacker-controlled: it tells results from logs, and never becomes a path. */
function isJsonFile({ mediaType, annotations }: Descriptor): boolean {
  const name =
    annotations["olot.layer.content.name"] ??
    annotations["olot.title"] ??
    annotations["org.opencontainers.image.title"];
  return mediaType === "application/vnd.oci.image.layer.v1.tar+gzip" && name?.endsWith(".json") === true;
}
