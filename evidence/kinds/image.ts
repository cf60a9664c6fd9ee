import type { Manifest } from "../../registry/manifest.ts";
import type { Kind } from "./kind.ts";
import { readResults } from "./results/read-results.ts";

const imageConfig = "application/vnd.oci.image.config.v1+json";
const packedLayer = "application/vnd.oci.image.layer.v1.tar+gzip";

/**
 * An OCI image with no type of its own. TrustyAI's LMEvalJob pushes an evaluator's files so, each in a layer that names it and
 * without a single annotation (`outputs.oci`); a container image looks the same, and its layers name no file.
 * https://github.com/trustyai-explainability/trustyai-service-operator
 */
export const image: Kind = {
  name: "image",
  matches: ({ artifactType, config, layers }: Manifest) =>
    artifactType === undefined &&
    config.mediaType === imageConfig &&
    layers.every(({ mediaType }) => mediaType === packedLayer),
  readContent: readResults,
};
