import type { SecretObject } from "../../webhook/certificates/certificate-secret.ts";
import type { CertificateStore } from "../../webhook/certificates/certificate-store.ts";
import type { ConfigurationObject } from "../../webhook/certificates/webhook-configuration.ts";
import { explainStatus, type KubeError } from "../../webhook/cluster/kube-error.ts";
import type { LeaseApi, LeaseObject } from "../../webhook/cluster/leader-election/lease.ts";

interface Versioned {
  readonly metadata?: { readonly resourceVersion?: string | undefined } | undefined;
}

/** What an API server promises about one object: creation once, and no write over a version that was not read. */
export class MemoryObject<T extends Versioned> {
  #value: T | undefined;
  #version = 0;

  read(): T | undefined {
    return structuredClone(this.#value);
  }

  create(value: T): void {
    if (this.#value !== undefined) throw conflict();
    this.put(value);
  }

  replace(value: T): void {
    if (this.#value === undefined) throw refuse(404, "not found");
    if (value.metadata?.resourceVersion !== this.#value.metadata?.resourceVersion) throw conflict();
    this.put(value);
  }

  /** Without asking for a version, as somebody with kubectl would. */
  put(value: T | undefined): void {
    this.#version += 1;
    this.#value = value && {
      ...structuredClone(value),
      metadata: { ...value.metadata, resourceVersion: String(this.#version) },
    };
  }
}

function conflict(): KubeError {
  return refuse(409, "the object has been modified");
}

function refuse(status: number, message: string): KubeError {
  return explainStatus(status, JSON.stringify({ kind: "Status", message }));
}

/** A Lease that several contenders may share; `failing` stands for an API server that one of them cannot reach. */
export function memoryLease(object: MemoryObject<LeaseObject>, failing: () => boolean = () => false): LeaseApi {
  const reach = async (signal: AbortSignal): Promise<void> => {
    await new Promise(setImmediate);
    signal.throwIfAborted();
    if (failing()) throw new Error("connection refused");
  };
  return {
    async read(signal) {
      await reach(signal);
      return object.read();
    },
    async create(lease, signal) {
      await reach(signal);
      object.create(lease);
    },
    async replace(lease, signal) {
      await reach(signal);
      object.replace(lease);
    },
  };
}

/** A Secret and webhook configurations by name, and the clock that they are judged by. */
export class MemoryCluster {
  readonly secret = new MemoryObject<SecretObject>();
  readonly configurations = new Map<string, MemoryObject<ConfigurationObject>>();
  serverTimeMs = Date.now();
  /** What the gate's role does not allow. */
  readonly forbidden = new Set<keyof CertificateStore>();

  addConfiguration(name: string, bundles: readonly (string | undefined)[]): void {
    const object = new MemoryObject<ConfigurationObject>();
    object.put({
      metadata: { name },
      webhooks: bundles.map((bundle, index) => ({
        name: `hook-${index}.assaygate.dev`,
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        clientConfig: bundle === undefined ? {} : { caBundle: Buffer.from(bundle).toString("base64") },
      })),
    });
    this.configurations.set(name, object);
  }

  /** The caBundles of a configuration, PEM. */
  bundles(name: string): string[] {
    const { webhooks = [] } = this.configurations.get(name)?.read() ?? {};
    return webhooks.map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? "", "base64").toString());
  }

  store(): CertificateStore {
    const allow = async (verb: keyof CertificateStore): Promise<void> => {
      await new Promise(setImmediate);
      if (this.forbidden.has(verb)) throw refuse(403, `${verb} is forbidden`);
    };
    return {
      readSecret: async () => {
        await allow("readSecret");
        return { secret: this.secret.read(), serverTime: new Date(this.serverTimeMs) };
      },
      writeSecret: async (secret) => {
        await allow("writeSecret");
        if (secret.metadata?.resourceVersion === undefined) this.secret.create(secret);
        else this.secret.replace(secret);
      },
      readConfiguration: async (name) => {
        await allow("readConfiguration");
        return this.configurations.get(name)?.read();
      },
      publish: async (configuration, bundle) => {
        await allow("publish");
        const caBundle = Buffer.from(bundle).toString("base64");
        this.configurations.get(configuration.metadata?.name ?? "")?.replace({
          ...configuration,
          webhooks: (configuration.webhooks ?? []).map((webhook) => ({
            ...webhook,
            clientConfig: { ...webhook.clientConfig, caBundle },
          })),
        });
      },
    };
  }
}
