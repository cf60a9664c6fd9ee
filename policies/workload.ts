import type { Signatures } from "./artifact.ts";
import type { Digest } from "./digest.ts";
import type { Evidence, EvidenceReference } from "./evidence.ts";
import type { ErrorReason } from "./reasons.ts";

/** The annotation that names the evidence. */
export const evidenceAnnotation = "assaygate.dev/evaluation";

/** The annotation in which a workload declares its model's name. */
export const modelNameAnnotation = "assaygate.dev/model-name";

/** The annotation in which a workload declares its model's version. */
export const modelVersionAnnotation = "assaygate.dev/model-version";

/** The annotation in which a workload declares the digest of its system prompt. */
export const promptDigestAnnotation = "assaygate.dev/prompt-digest";

/** References to evidence that count in one workload. */
export const maxReferences = 16;

/** Labels or annotations. */
export type StringMap = Readonly<Record<string, string>>;

/** True for an own key: keys come from requesters, and `constructor` is one. */
export function has(map: StringMap, key: string): boolean {
  return Object.hasOwn(map, key);
}

/** The Kubernetes object under review, reduced to what a decision reads. Everything in it is written by the requester. */
export interface Workload {
  readonly object: ObjectIdentity;
  /** The object's own metadata first, then each pod template's. */
  readonly metadata: readonly [Metadata, ...Metadata[]];
  /** Undefined: the namespace could not be looked up. That is an error, never "has no labels". */
  readonly namespaceLabels: StringMap | undefined;
  readonly references: ReferenceList;
  /** What was found in place of references, where policies asked for that; undefined where nobody looked. */
  readonly discovered?: DiscoveredEvidence;
  /** What refers to the models, where policies ask for the newest word on them; undefined where nobody looked. */
  readonly listed?: DiscoveredEvidence;
  /** Who signed the models themselves, where policies asked for that; undefined where nobody looked. */
  readonly modelSignatures?: readonly ModelSignatures[];
  /** What the digests are by which evidence names a model otherwise than the workload does; undefined where nobody looked. */
  readonly modelIndexes?: readonly ModelIndex[];
  /** What visibly runs. Empty when no model server was recognised. */
  readonly models: readonly RunningModel[];
  /** Flags of every container, `--name` spelled with dashes, for policies that read one. */
  readonly arguments: readonly Argument[];
  readonly hardware: Hardware;
  /**
   * The images of containers that load a model, or that cannot be read and may reach an accelerator or the model's files: at
   * least one for each model's {@link RunningModel.container}. Undefined where nobody read them, which is not "none".
   */
  readonly images?: readonly RunningImage[];
  /** Set when the object was not read to its end: it asks for more reading than any real one. Every policy then fails. */
  readonly tooLarge?: TooLarge | undefined;
}

/** A limit of the reader that the object exceeds. */
export interface TooLarge {
  /** What was counted, and the limit, in words. */
  readonly message: string;
  /** JSON path of what was being read. */
  readonly field: string;
}

/** An image that may run a model. */
export interface RunningImage {
  /** As the object writes it. Undefined where another object says which image runs. */
  readonly reference: string | undefined;
  /** As {@link RunningModel.container} has it. */
  readonly container: string;
  /** JSON path of the reference. */
  readonly field: string;
}

/** Which object it is. */
export interface ObjectIdentity {
  /** API group, empty for core. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Labels and annotations in one place of the object. */
export interface Metadata {
  /** JSON path of the metadata, such as `spec.template.metadata`. */
  readonly path: string;
  readonly labels: StringMap;
  readonly annotations: StringMap;
}

/** Evidence by the model that it is about. Whoever may write into a trusted repository may have put it there. */
export interface DiscoveredEvidence {
  readonly references: readonly EvidenceReference[];
  /** Places that could not be searched, or not to their end. */
  readonly problems: readonly UnsearchedPlace[];
}

/** What could not be seen at one place: `repository@digest`, the model's. */
export type UnsearchedPlace = Exclude<Evidence, { kind: "found" | "absent" }> & {
  readonly place: string;
  /** RFC 3339: where the list says of everything that was not looked at that it was made no later than this. */
  readonly until?: string | undefined;
};

/** What became of looking for signatures of a model's files in one repository. */
export interface ModelSignatures {
  readonly repository: string;
  /** The model's. */
  readonly digest: Digest;
  readonly signatures: Signatures;
}

/** What became of reading a digest, by which evidence or the workload names a model, as an image index in one repository. */
export interface ModelIndex {
  readonly repository: string;
  /** That of the index, if it is one. */
  readonly digest: Digest;
  readonly found:
    | {
        readonly kind: "index";
        /** How many manifests it lists. */
        readonly size: number;
        /** Of those, the ones by which the workload or its evidence names a model. */
        readonly lists: readonly Digest[];
      }
    /** What lies there is not an index. */
    | { readonly kind: "none" }
    | { readonly kind: "absent"; readonly message: string }
    | { readonly kind: "refused"; readonly message: string }
    | { readonly kind: "unavailable"; readonly reason: ErrorReason; readonly message: string };
}

/** The evidence that a workload names. */
export interface ReferenceList {
  readonly entries: readonly EvidenceReference[];
  /** Set when the annotation as a whole cannot be used: too many references, or two annotations that disagree. */
  readonly problem: string | undefined;
  /** JSON path of the annotation, or of the place where it should stand. */
  readonly field: string;
}

/**
 * Why a model has no name: a place says nothing of what lies there, an image may hold it, or what runs cannot be read.
 */
export type ModelGap = "place" | "image" | "opaque";

/** A model as the workload's running parts name it. Undefined means that they do not say. */
export interface RunningModel {
  /** Repository or hub id as the server resolves it. Undefined for a local path, a claim, a bucket: those are places, not names. */
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly digest: Digest | undefined;
  readonly quantization: string | undefined;
  /** Names of LoRA adapters, sorted; empty when the server loads none. */
  readonly adapters: readonly string[];
  /** Says what may load further adapters, where that stands outside the object. */
  readonly hiddenAdapters?: string | undefined;
  /** Says why, when something is loaded that cannot be read at admission (a secret, a config file, a program that is not known). */
  readonly unreadable: string | undefined;
  /**
   * What stands where a name should be; undefined where what runs names the model. Whether a declaration may stand in for it
   * is the policy's word (`workload.declared`).
   *
   * - `place`: a claim, bucket or path, which holds some model;
   * - `image`: an image that starts by its own entry point and may have a model inside; {@link unreadable} may say why it is not
   *   understood, and nothing else does;
   * - `opaque`: something that cannot be read; {@link unreadable} says why. Whatever else has an {@link unreadable} is opaque.
   */
  readonly gap?: ModelGap | undefined;
  /**
   * Names the variables that an environment from elsewhere (`envFrom`) may set and that would change what is loaded, in words;
   * undefined where there are none. Whether that is accepted is the policy's word.
   */
  readonly openEnvironment?: string | undefined;
  /** JSON path of the strongest source. */
  readonly field: string;
  /** Identifies the container, to pair a model with its {@link Argument}s. */
  readonly container: string;
}

/** A flag of a model server, as it is given. */
export interface Argument {
  readonly name: string;
  readonly value: string;
  /** JSON path of the container. */
  readonly container: string;
}

/** Where the pods can land. */
export interface Hardware {
  /** Whether an accelerator is asked for; `unknown` when that depends on something outside the object. */
  readonly accelerator: "requested" | "none" | "unknown";
  /** Every class a pod may land on, `<vendor>-<product>`, sorted. Empty: cannot be determined. */
  readonly classes: readonly string[];
  readonly field: string;
  /** Says why the classes cannot be determined, where there is more to say. */
  readonly problem?: string | undefined;
  /** The classes stand in objects of the cluster, which could not be asked. */
  readonly couldNotLook?: boolean;
  /** Claims that stand in other objects, and were not looked up. */
  readonly claims?: readonly ClaimReference[];
}

/** A claim for devices that a pod refers to. https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/ */
export interface ClaimReference {
  readonly object: "ResourceClaim" | "ResourceClaimTemplate";
  /** In the workload's namespace. */
  readonly name: string;
  readonly field: string;
}

/** `Deployment prod/granite`, for messages. */
export function showWorkload({ object }: Workload): string {
  return `${object.kind} ${object.namespace === "" ? "" : `${object.namespace}/`}${object.name}`;
}
