import type { Content } from "../../policies/artifact.ts";
import { EvidenceError, refused } from "../../registry/errors.ts";
import { limits } from "../../registry/limits.ts";
import type { Descriptor } from "../../registry/manifest.ts";
import { parseStrictJson } from "../../registry/strict-json.ts";
import { isJobResults, parseJobResults, understand, type JobResults } from "./job-results.ts";
import type { Kind, ReadBlob } from "./kind.ts";
import { unpack } from "./unpack.ts";

/**
 * What EvalHub's adapters publish: one file per layer, among them a dump of JobResults with the scores.
 * https://github.com/eval-hub/eval-hub
 */
export const evalhubResults: Kind = {
  name: "evalhub-results",
  matches: ({ artifactType }) => artifactType === "application/vnd.eval-hub.github.io",

  async readContent(manifest, readBlob): Promise<Content> {
    const { found, problem } = await findJobResults(manifest.layers.filter(isJsonFile), readBlob);
    if (found.length === 0 && problem !== undefined) throw problem;
    return understand(found, manifest.annotations);
  },
};

interface Search {
  readonly found: readonly JobResults[];
  /** The first file that could not be accepted. It matters only where no other file holds the results. */
  readonly problem: EvidenceError | undefined;
}

/** One layer after the other, so that no more than one is held. */
async function findJobResults(layers: readonly Descriptor[], readBlob: ReadBlob): Promise<Search> {
  const found: JobResults[] = [];
  let problem: EvidenceError | undefined;
  let budgetBytes: number = limits.contentBytes;
  for (const layer of layers) {
    try {
      if (budgetBytes <= 0) throw refused("ARTIFACT_INVALID", `it unpacks to more than ${limits.contentBytes} bytes`);
      const packed = await readBlob(layer);
      const maxBytes = Math.min(budgetBytes, limits.layerBytes);
      budgetBytes -= maxBytes;
      const files = await unpack(packed, maxBytes);
      budgetBytes += maxBytes - files.reduce((sum, { byteLength }) => sum + byteLength, 0);
      found.push(...files.map(parseStrictJson).filter(isJobResults).map(parseJobResults));
    } catch (error) {
      if (!isInvalid(error)) throw error;
      problem ??= error;
    }
  }
  return { found, problem };
}

/** A registry that sends other bytes, or none, is never passed over. */
function isInvalid(error: unknown): error is EvidenceError {
  return (
    error instanceof EvidenceError && error.evidence.kind === "refused" && error.evidence.reason === "ARTIFACT_INVALID"
  );
}

/** The name is attacker-controlled: it tells results from logs, and never becomes a path. */
function isJsonFile({ mediaType, annotations }: Descriptor): boolean {
  const name =
    annotations["olot.layer.content.name"] ??
    annotations["olot.title"] ??
    annotations["org.opencontainers.image.title"];
  return mediaType === "application/vnd.oci.image.layer.v1.tar+gzip" && name?.endsWith(".json") === true;
}
