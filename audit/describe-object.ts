import { isFields } from "../workload/shape.ts";
import type { AuditedObject, ClusterObject } from "./finding.ts";

/** What names an object in findings. */
export function describeObject({ group, version, kind, namespace, name, object }: ClusterObject): AuditedObject {
  const { uid, generation } = getMetadata(object);
  return {
    apiVersion: group === "" ? version : `${group}/${version}`,
    kind,
    ...(namespace !== "" && { namespace }),
    name,
    ...(typeof uid === "string" && { uid }),
    ...(typeof generation === "number" && { generation }),
  };
}

/** When the object was made, as the API server wrote it; undefined where it does not say. */
export function readCreationTime(object: unknown): Date | undefined {
  const { creationTimestamp } = getMetadata(object);
  const time = typeof creationTimestamp === "string" ? new Date(creationTimestamp) : undefined;
  return time === undefined || Number.isNaN(time.getTime()) ? undefined : time;
}

/** The metadata of an object, whatever it is. */
export function getMetadata(object: unknown): Readonly<Record<string, unknown>> {
  return isFields(object) && isFields(object["metadata"]) ? object["metadata"] : {};
}
