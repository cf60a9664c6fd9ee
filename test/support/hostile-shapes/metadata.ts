import { aPod, deep, fill, fillMap, fillText, shapesOf, type Hostile, type Shape } from "./shape.ts";
import type { Json } from "../artifacts.ts";

const withMetadata = (metadata: Json): Json => aPod({ args: ["--model", "acme/m"] }, {}, metadata);
const evidence = (text: string): Json => withMetadata({ annotations: { "assaygate.dev/evaluation": text } });
const hex = (at: number): string => at.toString(16).padStart(64, "0");

const metadataObjects = shapesOf("metadata", {
  labels: (bytes) =>
    withMetadata({
      labels: fillMap(
        bytes,
        (at) => `l${at}`,
        () => "x",
      ),
    }),
  annotations: (bytes) =>
    withMetadata({
      annotations: fillMap(
        bytes,
        (at) => `acme.com/a${at}`,
        () => "x",
      ),
    }),
  "one huge annotation": (bytes) => withMetadata({ annotations: { a: "x".repeat(bytes) } }),
  "accelerator annotations": (bytes) =>
    withMetadata({
      annotations: fillMap(
        bytes,
        (at) => `nvidia.com/use-gputype-${at}`,
        () => "x",
      ),
    }),
  "evidence, references": (bytes) => evidence(fillText(bytes, (at) => `quay.io/a/b@sha256:${hex(at)}`, ",")),
  "evidence, digests": (bytes) => evidence(fillText(bytes, (at) => `sha256:${hex(at)}`, " ")),
  "evidence, commas": (bytes) => evidence(",".repeat(bytes)),
  "evidence, spaces": (bytes) => evidence(" ".repeat(bytes)),
  "evidence, spaces and words": (bytes) => evidence(fillText(bytes, (at) => (at % 500 === 0 ? "a" : " "))),
  "evidence, one huge word": (bytes) => evidence("a".repeat(bytes)),
  "evidence, at signs": (bytes) => evidence("@".repeat(bytes)),
  "evidence, words": (bytes) => evidence(fillText(bytes, () => "a,")),
  "model and version annotations": (bytes) =>
    withMetadata({
      annotations: {
        "assaygate.dev/model": "a/".repeat(bytes / 4),
        "assaygate.dev/model-version": "1".repeat(bytes / 2),
      },
    }),
  ownerReferences: (bytes) =>
    withMetadata({
      ownerReferences: fill(bytes, (at) => ({ apiVersion: "apps/v1", kind: "ReplicaSet", name: `r${at}` })),
    }),
  "ownerReferences that are no references": (bytes) => withMetadata({ ownerReferences: fill(bytes, () => ({})) }),
  managedFields: (bytes) =>
    withMetadata({
      managedFields: fill(bytes, (at) => ({ manager: `m${at}`, fieldsV1: { "f:spec": { "f:a": {} } } })),
    }),
  "managedFields, deep": (bytes) => withMetadata({ managedFields: [{ fieldsV1: deep("maps", bytes) }] }),
  "managedFields as text": (bytes) => withMetadata({ annotations: { a: fillText(bytes, () => `"managedFields":[`) } }),
  "managedFields, many lists": (bytes) => ({
    ...withMetadata({}),
    extension: fill(bytes, () => ({ managedFields: [] })),
  }),
  finalizers: (bytes) => withMetadata({ finalizers: fill(bytes, (at) => `acme.com/f${at}`) }),
  status: (bytes) => ({ ...withMetadata({}), status: { conditions: fill(bytes, (at) => ({ type: `c${at}` })) } }),
  numbers: (bytes) => ({ ...withMetadata({}), extension: fill(bytes, () => 0) }),
  "escapes in strings": (bytes) => withMetadata({ annotations: { a: fillText(bytes, () => "\u0001") } }),
});

/** The controller's own user: then owner references are read. */
export const controllerUser = "system:serviceaccount:kube-system:replicaset-controller";

/** Updates of objects of this size each. What the webhook is sent holds both. */
export function updatesOf(shapes: readonly Shape[]): Shape[] {
  return shapes.map(({ name, make }) => ({
    name: `update of ${name}`,
    make(bytes): Hostile {
      const { object } = make(bytes);
      // What differs comes last, so that all before it is compared.
      const old = make(bytes).object;
      return { object, oldObject: { ...old, spec: { ...(old["spec"] as Json), zz: "other" } } };
    },
  }));
}

export const metadataShapes: readonly Shape[] = metadataObjects;
