import type { Deadline } from "../../evidence/collect.ts";
import { untilAborted } from "../../runtime/until-aborted.ts";
import type { Policy } from "../../policies/policy.ts";
import type { ClaimReference, Workload } from "../../policies/workload.ts";
import { claimKey, type ClaimAnswer } from "../../workload/hardware/claims.ts";
import { readWorkload, type WorkloadInput } from "../../workload/read.ts";

/** Whom a review waits for that waits for the API server: no host of a registry is called so. */
export const cluster = "the cluster";

/** Finds out what a claim in another object asks for. */
export interface ClaimResolver {
  /** Never rejects: what goes wrong is an answer. The signal ends the waiting of this review, and nobody else's. */
  resolve(namespace: string, claim: ClaimReference, signal: AbortSignal): Promise<ClaimAnswer>;
}

/**
 * The workload, read again with what the cluster says of its claims, where a policy asks for its hardware; otherwise as it
 * is, at once. It runs beside the collecting of evidence. Never rejects but for bugs.
 */
export function settleClaims(
  resolver: ClaimResolver | undefined,
  input: WorkloadInput,
  workload: Workload,
  policies: readonly Policy[],
  deadline: Deadline,
): Workload | Promise<Workload> {
  const { claims = [] } = workload.hardware;
  if (resolver === undefined || claims.length === 0 || !policies.some(asksForHardware)) return workload;
  return resolveAll(resolver, input.namespace, claims, deadline).then((answers) =>
    readWorkload({ ...input, devices: { ...(input.devices ?? { classes: new Map() }), answers } }),
  );
}

function asksForHardware({ requirements }: Policy): boolean {
  return requirements.some(({ hardwareClass }) => hardwareClass?.sameAsWorkload === true);
}

/** The API takes 32 claims for a pod; an operator's object could list more. */
const maxClaims = 64;

async function resolveAll(
  resolver: ClaimResolver,
  namespace: string,
  claims: readonly ClaimReference[],
  deadline: Deadline,
): Promise<ReadonlyMap<string, ClaimAnswer>> {
  const distinct = new Map(claims.map((claim) => [claimKey(claim), claim]));
  const asked = [...distinct].slice(0, maxClaims);
  const signal = deadline.signal(cluster);
  const answers = await Promise.all(
    asked.map(([, claim]) => inTime(resolver.resolve(namespace, claim, signal), signal)),
  );
  return new Map(answers.map((answer, at) => [asked[at]?.[0] ?? "", answer]));
}

async function inTime(answer: Promise<ClaimAnswer>, signal: AbortSignal): Promise<ClaimAnswer> {
  try {
    return await untilAborted(answer, signal);
  } catch {
    return { kind: "unavailable", why: "the review's time was up before the API server answered" };
  }
}
