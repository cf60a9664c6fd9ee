import type { ContainerPlace } from "./containers.ts";
import type { Place } from "./shape.ts";

/** A pod that the object makes: its PodSpec, or as much of one as the kind has, and its containers. */
export interface Pod extends Place {
  readonly containers: readonly ContainerPlace[];
  /** JSON path of an annotation by which the pod asks for an accelerator. */
  readonly acceleratorAnnotation?: string | undefined;
  /** What its containers run is sent to any of the object's pods. */
  readonly isEverywhere?: boolean | undefined;
  /** Templates of claims that take the place of its volumes of the same names. */
  readonly claims?: readonly Place[];
}
