import type { AnnotationField } from "./schema/policy.ts";

/** Under which of an artifact's annotations each field stands. The first one that is there counts. */
export type AnnotationKeys = Readonly<Record<AnnotationField, readonly string[]>>;

/** The canonical keys, with those of EvalHub's adapters behind them. */
export const defaultAnnotationKeys: AnnotationKeys = {
  modelName: ["dev.assaygate.model.name", "io.github.eval-hub.model"],
  modelVersion: ["dev.assaygate.model.version"],
  modelFamily: ["dev.assaygate.model.family"],
  modelDigest: ["dev.assaygate.model.digest"],
  modelAdapters: ["dev.assaygate.model.adapters"],
  quantization: ["dev.assaygate.quantization"],
  promptDigest: ["dev.assaygate.prompt.digest"],
  environment: ["dev.assaygate.environment"],
  hardwareClass: ["dev.assaygate.hardware.class"],
  complianceTags: ["dev.assaygate.compliance.tags"],
  collectionId: ["dev.assaygate.collection.id"],
  collectionVersion: ["dev.assaygate.collection.version"],
  mlflowRun: ["dev.assaygate.mlflow.run"],
  createdAt: ["org.opencontainers.image.created"],
};
