import type { RunningModel, Workload } from "../../policies/workload.ts";
import { readWorkload, type WorkloadInput } from "../../workload/read.ts";
import { WorkloadError } from "../../workload/shape.ts";
import type { Manifest } from "../check/manifests.ts";
import { listImageVolumeNotes, showNote } from "./image-volumes.ts";

/** What the gate reads of one manifest. A field that is left out is not known. */
export interface Description {
  readonly object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  };
  readonly file: string;
  /** Whether the gate judges this kind at all. */
  readonly governed: boolean;
  readonly models: readonly ModelDescription[];
  /** Whether an accelerator is asked for. */
  readonly accelerator: "requested" | "none" | "unknown";
  /** Every class that the pods can land on; empty where that cannot be determined. */
  readonly hardware: readonly string[];
  /** Why there are no classes, where there is more to say. */
  readonly hardwareUnknown?: string;
  /** JSON path of what decided the hardware. */
  readonly hardwareFrom: string;
  /** The evidence that the annotation names, as the gate takes it. */
  readonly references: readonly string[];
  /** What may keep the server from finding its model though the manifest names it; left out where there is nothing. */
  readonly notes?: readonly string[];
  /** Why the manifest as a whole could not be read. */
  readonly problem?: string;
}

/** A model without `unknown` is known; one with a name and `unknown` is named, but what is loaded under that name is not known. */
export interface ModelDescription {
  readonly name?: string;
  readonly version?: string;
  readonly digest?: string;
  readonly quantization?: string;
  readonly adapters: readonly string[];
  readonly adaptersUnknown?: string;
  readonly unknown?: string;
  /** JSON path of what names it. */
  readonly from: string;
}

/** `input` is undefined for a kind that the gate does not read. */
export function describeManifest(manifest: Manifest, input: WorkloadInput | undefined): Description {
  const { file, group, version, kind, namespace, name } = manifest;
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const bare = { object: { apiVersion, kind, namespace, name }, file, governed: input !== undefined };
  const nothing = { models: [], accelerator: "unknown" as const, hardware: [], hardwareFrom: "spec", references: [] };
  if (input === undefined) return { ...bare, ...nothing };
  try {
    const workload = readWorkload(input);
    const notes = listImageVolumeNotes(manifest.object).map(showNote);
    const described = { ...bare, ...describeWorkload(workload), ...(notes.length > 0 && { notes }) };
    return workload.tooLarge === undefined ? described : { ...described, problem: workload.tooLarge.message };
  } catch (cause) {
    if (cause instanceof WorkloadError) return { ...bare, ...nothing, problem: cause.message };
    throw cause;
  }
}

function describeWorkload({ models, hardware, references }: Workload) {
  return {
    models: models.map(describeModel),
    accelerator: hardware.accelerator,
    hardware: hardware.classes,
    ...(hardware.problem !== undefined && { hardwareUnknown: hardware.problem }),
    hardwareFrom: hardware.field,
    references: references.entries.map((entry) =>
      entry.kind === "full" ? `${entry.repository}@${entry.digest}` : entry.kind === "bare" ? entry.digest : entry.text,
    ),
  };
}

function describeModel(model: RunningModel): ModelDescription {
  const { name, version, digest, quantization, adapters, field } = model;
  const open = model.openEnvironment === undefined ? undefined : `${model.openEnvironment} may be set by envFrom`;
  const unknown = model.unreadable ?? open ?? (name === undefined ? showPlace(model) : undefined);
  const adaptersUnknown = model.hiddenAdapters ?? open;
  return {
    ...(name !== undefined && { name }),
    ...(version !== undefined && { version }),
    ...(digest !== undefined && { digest }),
    ...(quantization !== undefined && { quantization }),
    adapters,
    ...(adaptersUnknown !== undefined && { adaptersUnknown }),
    ...(unknown !== undefined && { unknown }),
    from: field,
  };
}

function showPlace({ gap }: RunningModel): string {
  return gap === "image"
    ? "it lies in the image, which does not say what it is"
    : "it comes from a place (a volume, a bucket, a path), which does not say what lies there";
}
