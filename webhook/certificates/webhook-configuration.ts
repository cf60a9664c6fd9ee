import * as z from "zod";
import type { BundleEntry } from "../../certs/bundle.ts";
import type { PublishedConfiguration } from "../../certs/plan.ts";
import { readPublished } from "../../certs/stored.ts";
import { parseObject } from "../cluster/answer.ts";
import { objectMetadata } from "../cluster/object.ts";

/** https://kubernetes.io/docs/reference/kubernetes-api/extend-resources/validating-webhook-configuration-v1/ */
export type ConfigurationObject = z.output<typeof configurationObject>;

const webhook = z.looseObject({
  name: z.string(),
  /** Base64 of PEM. */
  clientConfig: z.looseObject({ caBundle: z.string().optional() }),
});
const configurationObject = z.looseObject({
  metadata: objectMetadata.optional(),
  webhooks: z.array(webhook).optional(),
});

/** What the API server sent as a ValidatingWebhookConfiguration. Throws a KubeError where it is not one. */
export function parseConfiguration(answer: unknown): ConfigurationObject {
  return parseObject(configurationObject, answer, "a ValidatingWebhookConfiguration");
}

/** A webhook configuration as it trusts authorities now, with the certificates themselves. */
export interface PublishedCertificates extends PublishedConfiguration {
  readonly entries: readonly BundleEntry[];
}

/** What the webhooks of a configuration trust. */
export function readPublishedCertificates({ metadata, webhooks = [] }: ConfigurationObject): PublishedCertificates {
  const bundles = webhooks.map(({ clientConfig }) =>
    readPublished(Buffer.from(clientConfig.caBundle ?? "", "base64").toString("utf8")),
  );
  return { name: metadata?.name ?? "", bundles, entries: bundles.flatMap(({ entries }) => entries) };
}
