import type { Adapter } from "../adapter.ts";

/** A model that a field of the object itself names, such as KServe's `storageUri`. */
export interface FieldModel {
  /** Undefined: there is a model, but the field does not say which. */
  readonly source: string | undefined;
  readonly field: string;
  /** Path of the container that serves it. */
  readonly container: string;
  /** Containers under this path serve it too: what they load from a local path is this model. */
  readonly scope: string;
  /** Where the operator puts it; what a container loads from elsewhere is another model. Absent: anywhere. */
  readonly mountedAt?: string;
  readonly adapters?: readonly Adapter[];
  readonly hiddenAdapters?: string | undefined;
  readonly problem?: string | undefined;
  /** Gives way to a model that a container in the scope names. */
  readonly isFallback?: boolean;
  /** There is one only where a container of the object can reach an accelerator. */
  readonly needsAccelerator?: boolean;
  /** What nothing names lies in the container's image. */
  readonly isInImage?: boolean;
  /** The operator hands the source to the server, so that the container's `--revision` is about it. */
  readonly takesRevision?: boolean;
  readonly revision?: string | undefined;
  readonly quantization?: string | undefined;
}
