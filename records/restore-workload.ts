import type { EvidenceReference } from "../policies/evidence.ts";
import type {
  DiscoveredEvidence,
  Metadata,
  ModelIndex,
  ModelSignatures,
  RunningModel,
  UnsearchedPlace,
  Workload,
} from "../policies/workload.ts";
import { RecordError } from "./record-error.ts";
import type { ReadRecord } from "./record-schema.ts";
import { restoreSignatures } from "./restore-evidence.ts";
import { readDigest, readErrorReason, readFailReason } from "./record-words.ts";

type ReadWorkload = NonNullable<ReadRecord["workload"]>;

/**
 * The workload of a record, as a decision reads it. Labels, annotations and flags that the record does not hold are not there,
 * see `keys`. Throws a RecordError for one that cannot be.
 */
export function restoreWorkload(object: ReadRecord["object"], workload: ReadWorkload): Workload {
  const { group, version, kind, namespace, name } = object;
  const { metadata, namespaceLabels, references, models, hardware, tooLarge } = workload;
  const { discovered, listed, modelSignatures, modelIndexes, images } = workload;
  const { couldNotLook, ...reach } = hardware;
  return {
    object: { group, version, kind, namespace, name },
    metadata: toNonEmpty(metadata),
    namespaceLabels,
    references: { ...references, problem: references.problem, entries: references.entries.map(restoreReference) },
    ...(discovered && { discovered: restoreDiscovered(discovered) }),
    ...(listed && { listed: restoreDiscovered(listed) }),
    ...(modelSignatures && { modelSignatures: modelSignatures.map(restoreModelSignatures) }),
    ...(modelIndexes && { modelIndexes: modelIndexes.map(restoreModelIndex) }),
    models: models.map(restoreModel),
    arguments: workload.arguments,
    hardware: { ...reach, problem: reach.problem, ...(couldNotLook !== undefined && { couldNotLook }) },
    ...(images && { images: images.map((image) => ({ ...image, reference: image.reference })) }),
    tooLarge,
  };
}

function toNonEmpty([own, ...rest]: readonly Metadata[]): Workload["metadata"] {
  if (own === undefined) throw new RecordError("workload.metadata is empty");
  return [own, ...rest];
}

type ReadReference = ReadWorkload["references"]["entries"][number];

function restoreReference({ kind, text, repository, digest = "", problem }: ReadReference): EvidenceReference {
  switch (kind) {
    case "full":
      if (repository === undefined) throw new RecordError("a full reference in workload.references has no repository");
      return { kind, text, repository, digest: readDigest(digest) };
    case "bare":
      return { kind, text, digest: readDigest(digest) };
    case "malformed":
      return { kind, text, problem: problem ?? "" };
  }
}

function restoreDiscovered({ references, problems }: NonNullable<ReadWorkload["discovered"]>): DiscoveredEvidence {
  return {
    references: references.map(restoreReference),
    problems: problems.map(restoreProblem),
  };
}

function restoreProblem(read: NonNullable<ReadWorkload["discovered"]>["problems"][number]): UnsearchedPlace {
  const { place, kind, reason, message, until } = read;
  const facts = { place, message, ...(until !== undefined && { until }) };
  return kind === "refused"
    ? { ...facts, kind, reason: readFailReason(reason) }
    : { ...facts, kind, reason: readErrorReason(reason) };
}

type ReadModelSignatures = NonNullable<ReadWorkload["modelSignatures"]>[number];

function restoreModelSignatures({ repository, digest, signatures }: ReadModelSignatures): ModelSignatures {
  return { repository, digest: readDigest(digest), signatures: restoreSignatures(signatures) };
}

function restoreModelIndex(index: NonNullable<ReadWorkload["modelIndexes"]>[number]): ModelIndex {
  const { repository, digest, found } = index;
  return { repository, digest: readDigest(digest), found: restoreFound(found) };
}

function restoreFound(found: NonNullable<ReadWorkload["modelIndexes"]>[number]["found"]): ModelIndex["found"] {
  switch (found.kind) {
    case "index":
      return { ...found, lists: found.lists.map(readDigest) };
    case "unavailable":
      return { ...found, reason: readErrorReason(found.reason) };
    case "none":
    case "absent":
    case "refused":
      return found;
  }
}

/** A field that the record does not have was not known. */
function restoreModel(model: ReadWorkload["models"][number]): RunningModel {
  const { name, version, digest, quantization, unreadable, hiddenAdapters, gap, openEnvironment } = model;
  const stated = { name, version, quantization, unreadable, hiddenAdapters, gap, openEnvironment };
  return { ...model, ...stated, digest: digest === undefined ? undefined : readDigest(digest) };
}
