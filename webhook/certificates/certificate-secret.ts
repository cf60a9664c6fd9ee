import * as z from "zod";
import type { Content } from "../../certs/stored.ts";
import { parseObject } from "../cluster/answer.ts";
import { objectMetadata } from "../cluster/object.ts";

/** https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/ */
export type SecretObject = z.output<typeof secretObject>;

const secretObject = z.looseObject({
  metadata: objectMetadata.optional(),
  /** Base64. */
  data: z.record(z.string(), z.string()).optional(),
});

/** What the API server sent as a Secret. Throws a KubeError where it is not one. */
export function parseSecret(answer: unknown): SecretObject {
  return parseObject(secretObject, answer, "a Secret");
}

/** Marks a Secret as one that the gate may write to. Without it a Secret that holds anything is somebody else's. */
const marker = { name: "assaygate.dev/certificates", value: "self-managed" } as const;

/** What the Secret holds, decoded. */
export function decodeContent({ data = {} }: SecretObject): Content {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, Buffer.from(value, "base64").toString("utf8")]),
  );
}

/** Whether the gate may write to it: there is none, it is empty, made for the gate to fill, or the gate has written it. */
export function mayWrite(secret: SecretObject | undefined): boolean {
  if (secret === undefined || Object.keys(secret.data ?? {}).length === 0) return true;
  return secret.metadata?.annotations?.[marker.name] === marker.value;
}

/** The Secret with this content, and everything else as it was. */
export function withContent(content: Content, previous: SecretObject | undefined): SecretObject {
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
