import type {
  AdmissionregistrationV1WebhookClientConfig,
  V1Lease,
  V1LeaseSpec,
  V1ObjectMeta,
  V1Secret,
  V1ValidatingWebhook,
  V1ValidatingWebhookConfiguration,
} from "@kubernetes/client-node";

/** Objects of the API as plain data, which may be spread; the library's own types are classes. */
type Plain<T> = Pick<T, keyof T>;

interface Described {
  readonly metadata?: Plain<V1ObjectMeta>;
}

export type LeaseObject = Omit<V1Lease, "metadata" | "spec"> & Described & { readonly spec?: Plain<V1LeaseSpec> };

export type SecretObject = Omit<V1Secret, "metadata"> & Described;

type WebhookObject = Omit<V1ValidatingWebhook, "clientConfig"> & {
  readonly clientConfig: Plain<AdmissionregistrationV1WebhookClientConfig>;
};

export type ConfigurationObject = Omit<V1ValidatingWebhookConfiguration, "metadata" | "webhooks"> &
  Described & { readonly webhooks?: readonly WebhookObject[] };
