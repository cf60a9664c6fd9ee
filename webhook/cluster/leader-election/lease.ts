import * as z from "zod";
import { parseObject } from "../answer.ts";
import type { KubeClient } from "../client.ts";
import { objectMetadata } from "../object.ts";
import type { LeaseView } from "./election.ts";

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
export type LeaseObject = z.output<typeof leaseObject>;

const leaseSpec = z.looseObject({
  holderIdentity: z.string().optional(),
  leaseDurationSeconds: z.number().optional(),
  leaseTransitions: z.number().optional(),
  acquireTime: z.string().optional(),
  renewTime: z.string().optional(),
});
const leaseObject = z.looseObject({ metadata: objectMetadata.optional(), spec: leaseSpec.optional() });

/** One Lease in a cluster. Each call rejects with a KubeError when the API server refuses or gives no answer. */
export interface LeaseApi {
  /** Undefined where there is none. */
  read(signal: AbortSignal): Promise<LeaseObject | undefined>;
  /** Rejects with HTTP 409 where there is one. */
  create(lease: LeaseObject, signal: AbortSignal): Promise<void>;
  /** Rejects with HTTP 409 where somebody has written since `lease` was read. */
  replace(lease: LeaseObject, signal: AbortSignal): Promise<void>;
}

/**
 * The Lease of this name; without a namespace in the client's own. It needs `get` and `update` on it, and `create` in its
 * namespace.
 */
export function createLeaseApi(client: KubeClient, namespace: string | undefined, name: string): LeaseApi {
  const list = async (): Promise<string> => {
    const where = namespace ?? (await client.ownNamespace());
    return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(where)}/leases`;
  };
  const own = async (): Promise<string> => `${await list()}/${encodeURIComponent(name)}`;
  return {
    async read(signal) {
      const found = await client.find(await own(), signal);
      return found === undefined ? undefined : parseObject(leaseObject, found, "a Lease");
    },
    async create(lease, signal) {
      await client.post(await list(), { ...lease, metadata: { ...lease.metadata, name } }, signal);
    },
    async replace(lease, signal) {
      await client.put(await own(), lease, signal);
    },
  };
}

/** What an election reads of a Lease. */
export function toLeaseView({ spec = {} }: LeaseObject): LeaseView {
  const { holderIdentity = "", leaseDurationSeconds = 0, leaseTransitions = 0, acquireTime, renewTime } = spec;
  return {
    holder: holderIdentity,
    durationMs: leaseDurationSeconds * 1_000,
    transitions: leaseTransitions,
    version: JSON.stringify([holderIdentity, leaseTransitions, acquireTime, renewTime]),
  };
}

/** What a holder says of its hold. */
export interface LeaseHold {
  readonly durationMs: number;
  readonly transitions: number;
  readonly now: Date;
}

/** The Lease as its new holder writes it. Times are for people and for other programs: this one never reads them. */
export function withHolder(
  holder: string,
  previous: LeaseObject | undefined,
  { durationMs, transitions, now }: LeaseHold,
): LeaseObject {
  const renewTime = toMicroTime(now);
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

/** RFC 3339 with microseconds, as the API wants them. */
function toMicroTime(time: Date): string {
  return time.toISOString().replace(/Z$/, "000Z");
}
