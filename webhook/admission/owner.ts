import { isFields, type Fields } from "../../workload/shape.ts";

/** Who an object says owns it. Written by the requester, and proved by nothing: see `delegation.ts`. */
export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** Controllers write one. */
const maxOwners = 64;
/** Of a name, as of an API version or a kind; what is longer is none. */
const maxLength = 253;

/** The controlling owner in an object's metadata, or the first where none says it controls; undefined where there is none that is readable. */
export function readOwner(metadata: Fields): Owner | undefined {
  const references = metadata["ownerReferences"];
  if (!Array.isArray(references) || references.length > maxOwners) return undefined;
  const owners = references.filter(isFields);
  return toOwner(owners.find(({ controller }) => controller === true) ?? owners[0]);
}

function toOwner(reference: Fields | undefined): Owner | undefined {
  const { apiVersion, kind, name, uid } = reference ?? {};
  if (!isText(apiVersion) || !isText(kind) || !isText(name) || !isText(uid)) return undefined;
  return { apiVersion, kind, name, uid };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= maxLength;
}
