import { isFields } from "../workload/shape.ts";
import { toKindKey } from "../workload/kinds/kinds.ts";
import { getMetadata } from "./describe-object.ts";
import type { AuditedObject } from "./finding.ts";

/** The controller that an object says it was made by. Whoever wrote the object wrote that, too. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** Controllers write one or a few. */
const maxOwners = 64;

/** The owner that is marked as the controller; undefined where there is none, or nothing that can be read as one. */
export function findControllerOwner(object: unknown): OwnerReference | undefined {
  const references: unknown = getMetadata(object)["ownerReferences"];
  if (!Array.isArray(references) || references.length > maxOwners) return undefined;
  const owner: unknown = references.find((one: unknown) => isFields(one) && one["controller"] === true);
  if (!isFields(owner)) return undefined;
  const { apiVersion, kind, name, uid } = owner;
  const isWhole =
    typeof apiVersion === "string" && typeof kind === "string" && typeof name === "string" && typeof uid === "string";
  return isWhole ? { apiVersion, kind, name, uid } : undefined;
}

/** `Deployment.apps`: as tables of kinds and controllers have it. */
export function getOwnerKind({ apiVersion, kind }: Pick<OwnerReference, "apiVersion" | "kind">): string {
  return toKindKey(apiVersion.includes("/") ? (apiVersion.split("/", 1)[0] ?? "") : "", kind);
}

/** The owner as findings name it. */
export function describeOwner({ apiVersion, kind, name, uid }: OwnerReference, namespace: string): AuditedObject {
  return { apiVersion, kind, ...(namespace !== "" && { namespace }), name, uid };
}
