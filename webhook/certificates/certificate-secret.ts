import type { SecretObject } from "../cluster/objects.ts";
import type { Content } from "../../certs/stored.ts";

/** Marks a Secret as one that the gate may write to. Without it a Secret that holds anything is somebody else's. */
const marker = { name: "assaygate.dev/certificates", value: "self-managed" } as const;

/** What the Secret holds, decoded. */
export function contentOf({ data = {} }: SecretObject): Content {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, Buffer.from(value, "base64").toString("utf8")]),
  );
}

/** Whether nobody's: none at all, or an empty one that was made for the gate to fill. */
export function mayWrite(secret: SecretObject | undefined): boolean {
  if (secret === undefined || Object.keys(secret.data ?? {}).length === 0) return true;
  return secret.metadata?.annotations?.[marker.name] === marker.value;
}

/** The Secret with this content, and everything else as it was. */
export function secretWith(content: Content, previous: SecretObject | undefined): SecretObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "Opaque",
    ...previous,
    metadata: {
      ...previous?.metadata,
      annotations: { ...previous?.metadata?.annotations, [marker.name]: marker.value },
    },
    data: Object.fromEntries(
      Object.entries(content).map(([name, value]) => [name, Buffer.from(value).toString("base64")]),
    ),
  };
}
