import type { Policy } from "../../policies/policy.ts";
import type { ClaimReference, Workload } from "../../policies/workload.ts";
import { toClaimKey, type ClaimAnswer } from "../../workload/hardware/claims.ts";
import type { WorkloadInput } from "../../workload/read.ts";
import type { ReadableWorkload } from "./triage-workload.ts";

/** More config maps than a pod has; the environment stays open where there are more. */
const maxConfigMaps = 32;
/** The API takes 32 claims for a pod; an operator's object could list more. */
const maxClaims = 64;

/** Config maps whose keys a decision depends on, each by its name: where an environment is open and a policy minds. */
export function listConfigMaps(
  { workload, configMaps }: ReadableWorkload,
  policies: readonly Policy[],
): ReadonlyMap<string, string> {
  const isOpen = workload.models.some(({ openEnvironment }) => openEnvironment !== undefined);
  if (!isOpen || policies.every(({ sources }) => sources.acceptsOpenEnvironment)) return none;
  return new Map([...configMaps].slice(0, maxConfigMaps).map((name) => [name, name]));
}

/** Claims in other objects that a decision depends on, by their keys: where a policy asks for the workload's hardware. */
export function listClaims(
  { hardware: { claims = [] } }: Workload,
  policies: readonly Policy[],
): ReadonlyMap<string, ClaimReference> {
  if (claims.length === 0 || !policies.some(asksForHardware)) return none;
  const distinct = new Map(claims.map((claim) => [toClaimKey(claim), claim]));
  return new Map([...distinct].slice(0, maxClaims));
}

const none: ReadonlyMap<string, never> = new Map<string, never>();

function asksForHardware({ requirements }: Policy): boolean {
  return requirements.some(({ hardwareClass }) => hardwareClass?.sameAsWorkload === true);
}

/** Keys of config maps, by their names; undefined where they cannot be had. */
export type ConfigMapAnswers = ReadonlyMap<string, readonly string[] | undefined>;

/** What the workload is read from, with the answers to all questions; undefined for those that were not asked. */
export function withAnswers(
  input: WorkloadInput,
  keys: ConfigMapAnswers | undefined,
  answers: ReadonlyMap<string, ClaimAnswer> | undefined,
): WorkloadInput {
  const { devices = { classes: new Map() } } = input;
  return {
    ...input,
    ...(keys && { configMapKeys: (name: string) => keys.get(name) }),
    ...(answers && { devices: { ...devices, answers } }),
  };
}
