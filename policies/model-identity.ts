import type { Digest } from "./digest.ts";
import type { WorkloadSources } from "./workload-sources.ts";
import type { ModelGap } from "./workload.ts";

/**
 * Which model a workload runs, as one policy reads it. What runs speaks first; what it leaves open is filled by a declaration
 * where the policy lets one, and is unknown otherwise. What is unknown is undefined or empty here, so that it matches nothing.
 */
export interface ModelIdentity {
  /** Every name that counts: the one that what runs gives or, in its place, aliases or the declaration. Empty: unknown. */
  readonly names: readonly string[];
  readonly version: string | undefined;
  /** By which the workload names the model; undefined where it names it by tag, or not as an OCI artifact. Never declared. */
  readonly digest: Digest | undefined;
  readonly quantization: string | undefined;
  /** Empty: it loads none. Undefined: unknown. */
  readonly adapters: readonly string[] | undefined;
  /** Says what may load further adapters, where that stands outside the workload. */
  readonly hiddenAdapters: string | undefined;
  /** What stands where what runs should name the model; `nothing` where nothing in the workload does. */
  readonly gap: ModelGap | "nothing" | undefined;
  /** Whether the policy lets a declaration stand in for the gap. */
  readonly isFillable: boolean;
  /** Says why what is loaded cannot be read. */
  readonly unreadable: string | undefined;
  /** Names what an environment from elsewhere may change, where the policy does not accept that. */
  readonly openEnvironment: string | undefined;
  /** A declared version that the policy does not accept. */
  readonly refusedVersion: string | undefined;
  /** Say what contradicts what, where that is known. */
  readonly nameConflict: string | undefined;
  readonly versionConflict: string | undefined;
  readonly field: string;
  /** The policy's own words on where things are declared. */
  readonly sources: WorkloadSources;
}
