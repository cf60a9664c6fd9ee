import type { ClaimReference } from "../../policies/workload.ts";
import type { ClaimAnswer } from "../../workload/hardware/claims.ts";

/** Whom a review waits for that waits for the API server: no host of a registry is called so. */
export const cluster = "the cluster";

/** Finds out what a claim in another object asks for. */
export interface ClaimResolver {
  /** Never rejects: what goes wrong is an answer. The signal ends the waiting of this review, and nobody else's. */
  resolve(namespace: string, claim: ClaimReference, signal: AbortSignal): Promise<ClaimAnswer>;
}

/** Finds out which variables a config map sets. */
export interface ConfigMapResolver {
  /** Its keys, never its values; undefined where they cannot be had. Never rejects. */
  listKeys(namespace: string, name: string, signal: AbortSignal): Promise<readonly string[] | undefined>;
}
