import * as z from "zod";
import { parseObject } from "../answer.ts";
import type { KubeClient } from "../client.ts";
import { listObjects } from "./list-objects.ts";
import type { ServedKind } from "./served-kinds.ts";

/** How a cluster asks its gate. */
export interface GateRegistration {
  /** Of the webhook configuration. */
  readonly name: string;
  /** Whether the API server asks the gate when such an object is made. */
  asksAbout(kind: Pick<ServedKind, "group" | "resource">): boolean;
}

/** The resource that registrations are. */
export const webhookConfigurations: ServedKind = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  kind: "ValidatingWebhookConfiguration",
  resource: "validatingwebhookconfigurations",
  isNamespaced: false,
};

const rule = z.object({
  apiGroups: z.array(z.string()).default([]),
  resources: z.array(z.string()).default([]),
  operations: z.array(z.string()).default([]),
});
const configuration = z.object({
  metadata: z.object({ name: z.string() }),
  webhooks: z
    .array(
      z.object({
        name: z.string(),
        clientConfig: z.object({
          url: z.string().optional(),
          service: z.object({ path: z.string().optional() }).optional(),
        }),
        rules: z.array(rule).default([]),
      }),
    )
    .default([]),
});

/**
 * The registration of the gate, by its webhook's name as the chart and the documents have it (`gate.assaygate.dev`, or another of
 * that domain) and its path `/validate`; undefined where there is none. Several count together. Rejects with a KubeError.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules
 */
export async function findGateRegistration(
  client: Pick<KubeClient, "list">,
  signal: AbortSignal,
): Promise<GateRegistration | undefined> {
  const rules: z.output<typeof rule>[] = [];
  let name: string | undefined;
  const all = { namespace: undefined, pageSize: 100 };
  for await (const { object } of listObjects(client, webhookConfigurations, all, signal)) {
    const { metadata, webhooks } = parseObject(configuration, object, "a ValidatingWebhookConfiguration");
    const ours = webhooks.filter(
      (webhook) => webhook.name.endsWith(".assaygate.dev") && toPath(webhook) === "/validate",
    );
    if (ours.length > 0) name ??= metadata.name;
    rules.push(...ours.flatMap((webhook) => webhook.rules));
  }
  if (name === undefined) return undefined;
  const asksAbout: GateRegistration["asksAbout"] = ({ group, resource }) =>
    rules.some(
      ({ apiGroups, resources, operations }) =>
        (apiGroups.includes("*") || apiGroups.includes(group)) &&
        ["*", "*/*", resource].some((one) => resources.includes(one)) &&
        (operations.includes("*") || operations.includes("CREATE")),
    );
  return { name, asksAbout };
}

function toPath({ clientConfig: { url, service } }: z.output<typeof configuration>["webhooks"][number]): string {
  if (url === undefined) return service?.path ?? "/";
  return URL.parse(url)?.pathname ?? "";
}
