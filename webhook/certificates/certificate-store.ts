import { AdmissionregistrationV1Api, CoreV1Api, type KubeConfig } from "@kubernetes/client-node";
import { statusOf } from "../cluster/failure.ts";
import type { ConfigurationObject, SecretObject } from "../cluster/objects.ts";
import { endingWith } from "../cluster/request.ts";

/** Where the gate's certificates are kept and published. Each call rejects when the API server refuses or does not answer. */
export interface CertificateStore {
  /** The Secret, undefined where there is none, and the API server's clock, by which it will judge certificates. */
  readSecret(
    signal: AbortSignal,
  ): Promise<{ readonly secret: SecretObject | undefined; readonly serverTime: Date | undefined }>;
  /** Creates it, or replaces the one that was read. Rejects with HTTP 409 where somebody else wrote meanwhile. */
  writeSecret(secret: SecretObject, signal: AbortSignal): Promise<void>;
  /** Undefined where there is none of this name. */
  readConfiguration(name: string, signal: AbortSignal): Promise<ConfigurationObject | undefined>;
  /**
   * Sets the caBundle of all its webhooks. Rejects with HTTP 409 where somebody else wrote since it was read, so that a
   * replica that slept cannot put back what was current when it fell asleep.
   */
  publish(configuration: ConfigurationObject, bundle: string, signal: AbortSignal): Promise<void>;
}

/**
 * It needs `get` and `update` on the Secret (and `create` in its namespace, where nobody makes an empty one), and `get` and
 * `patch` on the webhook configurations.
 */
export function certificateStoreIn(config: KubeConfig, namespace: string, name: string): CertificateStore {
  const core = config.makeApiClient(CoreV1Api);
  const admission = config.makeApiClient(AdmissionregistrationV1Api);
  return {
    async readSecret(signal) {
      try {
        const { data, headers } = await core.readNamespacedSecretWithHttpInfo({ namespace, name }, endingWith(signal));
        return { secret: data, serverTime: timeOf(headers) };
      } catch (cause) {
        if (statusOf(cause) !== 404) throw cause;
        return { secret: undefined, serverTime: timeOf(headersOf(cause)) };
      }
    },
    async writeSecret(secret, signal) {
      const body = { ...secret, metadata: { ...secret.metadata, namespace, name } };
      if (secret.metadata?.resourceVersion === undefined)
        await core.createNamespacedSecret({ namespace, body }, endingWith(signal));
      else await core.replaceNamespacedSecret({ namespace, name, body }, endingWith(signal));
    },
    async readConfiguration(wanted, signal) {
      try {
        return await admission.readValidatingWebhookConfiguration({ name: wanted }, endingWith(signal));
      } catch (cause) {
        if (statusOf(cause) === 404) return undefined;
        throw cause;
      }
    },
    async publish({ metadata, webhooks = [] }, bundle, signal) {
      const caBundle = Buffer.from(bundle).toString("base64");
      // A resourceVersion in a patch must be the current one: otherwise it is a conflict.
      const body = [
        { op: "replace", path: "/metadata/resourceVersion", value: metadata?.resourceVersion },
        ...webhooks.map((_, index) => ({
          op: "add",
          path: `/webhooks/${index}/clientConfig/caBundle`,
          value: caBundle,
        })),
      ];
      await admission.patchValidatingWebhookConfiguration(
        { name: metadata?.name ?? "", body, fieldManager: "assaygate" },
        endingWith(signal),
      );
    },
  };
}

function headersOf(cause: unknown): Readonly<Record<string, string>> {
  return cause instanceof Error && "headers" in cause && isHeaders(cause.headers) ? cause.headers : {};
}

function isHeaders(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === "object" && value !== null;
}

function timeOf(headers: Readonly<Record<string, string>>): Date | undefined {
  const ms = Date.parse(headers["date"] ?? "");
  return Number.isNaN(ms) ? undefined : new Date(ms);
}
