import type { Artifact, Attestation, Content, Evaluator, Registration, Signatures } from "./artifact.ts";
import { parseDigest, type Digest } from "./digest.ts";
import type { AnnotationKeys } from "./annotation-keys.ts";
import type { AnnotationField } from "./schema/policy.ts";
import { show } from "./show.ts";
import { parseRfc3339 } from "./time.ts";
import { has, type StringMap } from "./workload.ts";

/** An artifact, understood. A field that the artifact does not carry, or carries malformed, is undefined: it never matches. */
export interface Evaluation {
  readonly repository: string;
  readonly digest: Digest;
  /** What the artifact's manifest says that it is about. */
  readonly subject: Digest | undefined;
  readonly model: {
    readonly name: string | undefined;
    readonly version: string | undefined;
    readonly family: string | undefined;
    readonly digest: Digest | undefined;
    /** Sorted; empty when it was evaluated without adapters. */
    readonly adapters: readonly string[];
    readonly quantization: string | undefined;
  };
  readonly promptDigest: string | undefined;
  readonly environment: string | undefined;
  /** Every class it was evaluated on. */
  readonly hardwareClasses: readonly string[];
  readonly complianceTags: readonly string[];
  readonly collection: { readonly id: string | undefined; readonly version: string | undefined };
  readonly createdAt: Date | undefined;
  /** The tool that wrote the results, where they are one tool's own files. */
  readonly evaluator: Evaluator | undefined;
  readonly content: Content;
  readonly signatures: Signatures;
  /** All that its manifest carries, to say in messages what was there and not read. Attacker-controlled, and never compared. */
  readonly annotations: StringMap;
  /** The signed statement that the results come from, where they do. */
  readonly attestation: ReadyAttestation | undefined;
}

/** A statement that somebody signed, read and ready to be judged. */
export interface ReadyAttestation extends Attestation {
  /** The evaluation that it is about, where it is not about the model itself. */
  readonly about: { readonly digest: Digest; readonly signatures: Signatures } | undefined;
}

/**
 * Reads an artifact's annotations through a policy's keys, and what an evaluation card states where they are silent. Single
 * values are taken as they stand; lists (hardware classes, tags, adapters) are separated by commas and by nothing else: no
 * blanks are trimmed, `*` and JSON are plain text.
 */
export function readEvaluation(artifact: Artifact, keys: AnnotationKeys): Evaluation {
  const { repository, digest, content, signatures } = artifact;
  // What stands beside an envelope is not signed with it.
  const { annotations, subject } = artifact.kind === "attestation" ? unsaid : artifact;
  const value = (field: AnnotationField): string | undefined => {
    const key = keys[field].find((candidate) => has(annotations, candidate));
    const text = key === undefined ? undefined : annotations[key];
    return text === "" ? undefined : text;
  };
  const { stated, evaluators = [] } = content.kind === "read" ? content : nothing;
  const list = (field: AnnotationField): readonly string[] => value(field)?.split(",") ?? [];
  return {
    repository,
    digest,
    subject,
    model: {
      name: value("modelName") ?? stated?.modelName,
      version: value("modelVersion"),
      family: value("modelFamily"),
      digest: parseDigest(value("modelDigest") ?? ""),
      adapters: list("modelAdapters").toSorted(),
      quantization: value("quantization"),
    },
    promptDigest: value("promptDigest"),
    environment: value("environment"),
    hardwareClasses: list("hardwareClass"),
    complianceTags: list("complianceTags"),
    collection: { id: value("collectionId") ?? stated?.collectionId, version: value("collectionVersion") },
    createdAt: decideEvaluatedAt(value("createdAt"), content),
    evaluator: evaluators.length === 1 ? evaluators[0] : undefined,
    content: refuseOtherModel(value("modelName"), content),
    signatures,
    annotations,
    attestation:
      content.kind === "read" && content.attestation ? { ...content.attestation, about: undefined } : undefined,
  };
}

const unsaid: Pick<Artifact, "annotations" | "subject"> = { annotations: {}, subject: undefined };
const nothing: Pick<Extract<Content, { kind: "read" }>, "stated" | "evaluators"> = {};

/** Results that name another model than the annotation are of no use to either. */
function refuseOtherModel(claimed: string | undefined, content: Content): Content {
  const names = content.kind === "read" ? content.stated?.modelNames : undefined;
  if (claimed === undefined || names === undefined || names.includes(claimed)) return content;
  const message = `its annotations call the model ${show(claimed)}, the results inside call it ${show(names[0])}`;
  return { kind: "refused", reason: "ARTIFACT_INVALID", message };
}

/**
 * What an evaluation says of itself, with the results that a statement about it gives besides its own, so that a good one
 * hides no bad one. The older of their times counts; a statement gives no time to an evaluation that has none.
 */
export function attestEvaluation(evaluation: Evaluation, statement: Evaluation): Evaluation {
  const { signatures, attestation, createdAt } = statement;
  const isOlder = createdAt !== undefined && evaluation.createdAt !== undefined && createdAt < evaluation.createdAt;
  return {
    ...evaluation,
    content: joinContents(evaluation.content, statement.content),
    signatures,
    createdAt: isOlder ? createdAt : evaluation.createdAt,
    attestation: attestation && {
      ...attestation,
      about: { digest: evaluation.digest, signatures: evaluation.signatures },
    },
  };
}

function joinContents(own: Content, stated: Content): Content {
  if (own.kind === "refused" || own.kind === "unavailable") return own;
  if (own.kind !== "read" || stated.kind !== "read") return stated;
  return { ...stated, benchmarks: [...own.benchmarks, ...stated.benchmarks] };
}

/** The older of what the annotation claims and what the content states, so that neither can freshen the other. */
function decideEvaluatedAt(claimed: string | undefined, content: Content): Date | undefined {
  const stated = content.kind === "read" ? content.completedAt : undefined;
  if (claimed === undefined && content.kind === "read" && content.stated?.isUntimed === true) return undefined;
  if (claimed === undefined || stated === undefined) return parseRfc3339(claimed ?? stated ?? "");
  const [claim, statement] = [parseRfc3339(claimed), parseRfc3339(stated)];
  if (claim === undefined || statement === undefined) return undefined;
  return claim < statement ? claim : statement;
}

const evaluationFields = [
  "modelName",
  "modelVersion",
  "modelFamily",
  "modelDigest",
  "environment",
  "hardwareClass",
  "complianceTags",
  "collectionId",
] as const satisfies AnnotationField[];

/**
 * False for an artifact that says nothing an evaluation says: any container image would pass for one. A statement that registers a
 * bar says nothing of results.
 */
export function isEvaluation(artifact: Artifact, keys: AnnotationKeys): boolean {
  const { kind, annotations, content } = artifact;
  if (findRegistration(artifact) !== undefined) return false;
  const mayBeAnything = kind === "generic" || (kind === "image" && content.kind !== "read");
  return !mayBeAnything || evaluationFields.some((field) => keys[field].some((key) => has(annotations, key)));
}

/** The bar that an artifact registers, where it is a statement that does. */
export function findRegistration({ content }: Pick<Artifact, "content">): Registration | undefined {
  return content.kind === "read" ? content.attestation?.registration : undefined;
}
