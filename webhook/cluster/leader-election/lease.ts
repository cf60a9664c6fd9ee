import { CoordinationV1Api, type KubeConfig, V1MicroTime } from "@kubernetes/client-node";
import type { LeaseView } from "./election.ts";
import { statusOf } from "../failure.ts";
import type { LeaseObject } from "../objects.ts";
import { endingWith } from "../request.ts";

/** One Lease in a cluster. Each call rejects when the API server refuses, cannot be reached, or the signal aborts. */
export interface LeaseApi {
  /** Undefined where there is none. */
  read(signal: AbortSignal): Promise<LeaseObject | undefined>;
  /** Rejects with HTTP 409 where there is one. */
  create(lease: LeaseObject, signal: AbortSignal): Promise<void>;
  /** Rejects with HTTP 409 where somebody has written since `lease` was read. */
  replace(lease: LeaseObject, signal: AbortSignal): Promise<void>;
}

/** The Lease of this name. It needs `get` and `update` on it, and `create` in its namespace. */
export function leaseIn(config: KubeConfig, namespace: string, name: string): LeaseApi {
  const api = config.makeApiClient(CoordinationV1Api);
  return {
    async read(signal) {
      try {
        return await api.readNamespacedLease({ name, namespace }, endingWith(signal));
      } catch (cause) {
        if (statusOf(cause) === 404) return undefined;
        throw cause;
      }
    },
    async create(lease, signal) {
      const body = { ...lease, metadata: { ...lease.metadata, name, namespace } };
      await api.createNamespacedLease({ namespace, body }, endingWith(signal));
    },
    async replace(lease, signal) {
      await api.replaceNamespacedLease({ name, namespace, body: lease }, endingWith(signal));
    },
  };
}

/** A Lease in a cluster that is connected to when it is first needed, and anew after a failure: see `createKubeClient`. */
export function leaseLater(connect: () => Promise<LeaseApi>): LeaseApi {
  let connected: Promise<LeaseApi> | undefined;
  const use = async <T>(call: (lease: LeaseApi) => Promise<T>): Promise<T> => {
    try {
      return await call(await (connected ??= connect()));
    } catch (cause) {
      if (statusOf(cause) !== 409) connected = undefined;
      throw cause;
    }
  };
  return {
    read: (signal) => use((lease) => lease.read(signal)),
    create: (held, signal) => use((lease) => lease.create(held, signal)),
    replace: (held, signal) => use((lease) => lease.replace(held, signal)),
  };
}

export function viewOf({ spec = {} }: LeaseObject): LeaseView {
  const { holderIdentity = "", leaseDurationSeconds = 0, leaseTransitions = 0, acquireTime, renewTime } = spec;
  return {
    holder: holderIdentity,
    durationMs: leaseDurationSeconds * 1_000,
    transitions: leaseTransitions,
    beat: JSON.stringify([holderIdentity, leaseTransitions, acquireTime, renewTime]),
  };
}

/** The Lease as its new holder writes it. Times are for people and for other programs: this one never reads them. */
export function heldBy(
  holder: string,
  previous: LeaseObject | undefined,
  { durationMs, transitions, now }: { readonly durationMs: number; readonly transitions: number; readonly now: Date },
): LeaseObject {
  const renewTime = new V1MicroTime(now);
  const acquired = previous?.spec?.holderIdentity === holder ? previous.spec.acquireTime : undefined;
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    ...previous,
    spec: {
      ...previous?.spec,
      holderIdentity: holder,
      leaseDurationSeconds: Math.max(1, Math.ceil(durationMs / 1_000)),
      leaseTransitions: transitions,
      acquireTime: acquired ?? renewTime,
      renewTime,
    },
  };
}
