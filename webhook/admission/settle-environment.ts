import type { Deadline } from "../../evidence/collect.ts";
import { untilAborted } from "../../runtime/until-aborted.ts";
import type { Policy } from "../../policies/policy.ts";
import type { Workload } from "../../policies/workload.ts";
import type { WorkloadInput } from "../../workload/read.ts";
import { readWorkload } from "../../workload/read.ts";
import { cluster } from "./gather.ts";

/** Finds out which variables a config map sets. */
export interface ConfigMapResolver {
  /** Its keys, never its values; undefined where they cannot be had. Never rejects. */
  keysOf(namespace: string, name: string, signal: AbortSignal): Promise<readonly string[] | undefined>;
}

/** What the workload is read from, and as what. */
export interface SettledInput {
  readonly input: WorkloadInput;
  readonly workload: Workload;
}

/** More config maps than a pod has; the environment stays open where there are more. */
const maxConfigMaps = 32;

/**
 * The workload, read again with the keys of the config maps that its environments come from, where an environment is open and
 * a policy minds; otherwise as it is, at once. Secrets are never asked for. Never rejects but for bugs.
 */
export function settleEnvironment(
  resolver: ConfigMapResolver | undefined,
  { input, workload }: SettledInput,
  policies: readonly Policy[],
  deadline: Deadline,
): SettledInput | Promise<SettledInput> {
  const isOpen = workload.models.some(({ openEnvironment }) => openEnvironment !== undefined);
  if (resolver === undefined || !isOpen || policies.every(({ sources }) => sources.acceptsOpenEnvironment)) {
    return { input, workload };
  }
  return resolveAll(resolver, input.namespace, namesIn(input), deadline).then((keys) => {
    const settled = { ...input, configMapKeys: (name: string) => keys.get(name) };
    return { input: settled, workload: readWorkload(settled) };
  });
}

function namesIn(input: WorkloadInput): readonly string[] {
  const names = new Set<string>();
  const note = (name: string): undefined => {
    names.add(name);
  };
  readWorkload({ ...input, configMapKeys: note });
  return [...names].slice(0, maxConfigMaps);
}

async function resolveAll(
  resolver: ConfigMapResolver,
  namespace: string,
  names: readonly string[],
  deadline: Deadline,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const signal = deadline.signal(cluster);
  const answers = await Promise.all(names.map((name) => inTime(resolver.keysOf(namespace, name, signal), signal)));
  return new Map(
    answers.flatMap((keys, at): [string, readonly string[]][] => (keys === undefined ? [] : [[names[at] ?? "", keys]])),
  );
}

/** Not in time is not known. */
async function inTime<T>(answer: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await untilAborted(answer, signal);
  } catch {
    return undefined;
  }
}
