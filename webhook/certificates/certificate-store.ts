import type { KubeClient } from "../cluster/client.ts";
import { parseSecret, type SecretObject } from "./certificate-secret.ts";
import { parseConfiguration, type ConfigurationObject } from "./webhook-configuration.ts";

/** Where the gate's certificates are kept and published. Each call rejects with a KubeError when it is refused or not answered. */
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
export function createCertificateStore(client: KubeClient, namespace: string, name: string): CertificateStore {
  const secrets = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
  const ownSecret = `${secrets}/${encodeURIComponent(name)}`;
  return {
    async readSecret(signal) {
      const found = await client.find(ownSecret, signal);
      const aheadMs = client.clockAheadMs();
      return {
        secret: found === undefined ? undefined : parseSecret(found),
        serverTime: aheadMs === undefined ? undefined : new Date(Date.now() - aheadMs),
      };
    },
    async writeSecret(secret, signal) {
      const body = { ...secret, metadata: { ...secret.metadata, namespace, name } };
      if (secret.metadata?.resourceVersion === undefined) await client.post(secrets, body, signal);
      else await client.put(ownSecret, body, signal);
    },
    async readConfiguration(wanted, signal) {
      const found = await client.find(configurationPath(wanted), signal);
      return found === undefined ? undefined : parseConfiguration(found);
    },
    async publish({ metadata, webhooks = [] }, bundle, signal) {
      const value = Buffer.from(bundle).toString("base64");
      // A resourceVersion in a patch must be the current one: otherwise it is a conflict.
      await client.jsonPatch(
        configurationPath(metadata?.name ?? ""),
        [
          { op: "replace", path: "/metadata/resourceVersion", value: metadata?.resourceVersion },
          ...webhooks.map((_, at) => ({ op: "add" as const, path: `/webhooks/${at}/clientConfig/caBundle`, value })),
        ],
        signal,
      );
    },
  };
}

function configurationPath(name: string): string {
  return `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${encodeURIComponent(name)}`;
}
