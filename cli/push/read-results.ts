import { setImmediate } from "node:timers/promises";
import { ContentBudget, contentLimits } from "../../evidence/content-budget.ts";
import { explainUnusable } from "../../evidence/errors.ts";
import type { Reading } from "../../evidence/kinds/kind.ts";
import { readResults } from "../../evidence/kinds/results/read-results.ts";
import type { Content } from "../../policies/artifact.ts";
import type { NonEmpty } from "../../policies/non-empty.ts";
import type { StringMap } from "../../policies/workload.ts";
import { toDigest } from "../../publish/push/digest-of.ts";
import type { ResultFile } from "../../publish/push/folder.ts";
import { makeLayerDescriptor } from "../../publish/push/image.ts";
import { packLayer } from "../../publish/push/layer.ts";
import { checkSize } from "../../registry/fetch-verified.ts";
import { limits } from "../../registry/limits.ts";
import type { Descriptor } from "../../registry/manifest.ts";

/** No layer has it: what is read here is not looked up by its digest. */
const unsealed = toDigest(Buffer.alloc(0));

/**
 * What the gate's own readers will find in the files once they are published with these annotations. Nothing is sent, and
 * files that cannot be results are not opened. Throws PublishError for a file that changes meanwhile.
 */
export async function readResultFiles(files: NonEmpty<ResultFile>, annotations: StringMap): Promise<Content> {
  const byLayer = new Map<Descriptor, ResultFile>();
  const toDescriptor = (file: ResultFile): Descriptor => {
    const made = makeLayerDescriptor({ name: file.name, size: file.size, digest: unsealed });
    byLayer.set(made, file);
    return made;
  };
  const [first, ...rest] = files;
  const layers: NonEmpty<Descriptor> = [toDescriptor(first), ...rest.map(toDescriptor)];
  try {
    return await readResults({ layers, annotations }, readFrom(byLayer));
  } catch (error) {
    const missing = explainUnusable(error);
    if (missing?.kind !== "refused") throw error;
    return missing;
  }
}

/** Packs a file where the gate would fetch its layer. */
function readFrom(files: ReadonlyMap<Descriptor, ResultFile>): Reading {
  const budget = new ContentBudget();
  return {
    budget,
    pause: () => setImmediate(),
    async layer(descriptor, use) {
      const file = files.get(descriptor);
      if (file === undefined) throw new Error("a layer that no file stands behind");
      checkSize(file.size, contentLimits.skimmed);
      budget.check();
      const { bytes } = await packLayer(file, new Date(0));
      checkSize(bytes.length, limits.layerBytes);
      return use(bytes, async () => {});
    },
  };
}
