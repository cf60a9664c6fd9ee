import { loadPolicySet } from "../../policies/language/load.ts";
import type { PolicyFile } from "../../policies/language/document.ts";
import type { PolicySet } from "../../policies/policy.ts";
import { readCreationTime } from "../../audit/describe-object.ts";
import { showProblem } from "../../config/load-config.ts";
import { sha256 } from "../../runtime/sha256.ts";
import type { KubeClient } from "../../webhook/cluster/client.ts";
import { hasStatus } from "../../webhook/cluster/kube-error.ts";
import { explainUnlisted } from "../../webhook/cluster/objects/list-workloads.ts";
import { listObjects } from "../../webhook/cluster/objects/list-objects.ts";
import { toDocument } from "../../webhook/cluster/resources.ts";
import { readPolicyPaths } from "../../webhook/policy-set/policy-folder.ts";
import { CliError } from "../failure.ts";

/** The policies of a cluster, as its gate has them. */
export interface PoliciesInForce {
  readonly set: PolicySet;
  /** When each policy came into the cluster, by its name. */
  readonly times: ReadonlyMap<string, Date>;
}

/** The cluster cannot say what is in force: why, and what to do. */
export class PoliciesUnknown extends Error {
  override readonly name = "PoliciesUnknown";
}

const kinds = [
  { kind: "EvaluationPolicy", resource: "evaluationpolicies" },
  { kind: "EvaluationException", resource: "evaluationexceptions" },
] as const;

/**
 * The policies and exceptions of the cluster, together with those of the configuration's own folder, as a gate loads them: a whole
 * set, or none of it. A cluster without the custom resource definitions has none. Throws PoliciesUnknown where they cannot be
 * listed, and a CliError where they make no set.
 */
export async function readPoliciesInForce(
  client: Pick<KubeClient, "list">,
  directory: string | undefined,
  signal: AbortSignal,
): Promise<PoliciesInForce> {
  const times = new Map<string, Date>();
  const files: PolicyFile[] = directory === undefined ? [] : readFolderOrFail(directory);
  for (const { kind, resource } of kinds) {
    const served = { group: "assaygate.dev", version: "v1alpha1", kind, resource, isNamespaced: false };
    try {
      for await (const { object, name } of listObjects(
        client,
        served,
        { namespace: undefined, pageSize: 500 },
        signal,
      )) {
        files.push(toDocument(kind, object));
        const time = readCreationTime(object);
        if (kind === "EvaluationPolicy" && time !== undefined) times.set(name, time);
      }
    } catch (cause) {
      if (hasStatus(cause, 404)) continue;
      const { resource: what, message } = explainUnlisted(served, cause);
      throw new PoliciesUnknown(`${what} cannot be listed: ${message}; --policies DIR names policies to judge by`, {
        cause,
      });
    }
  }
  const loaded = loadPolicySet(files, sha256, { mayBeEmpty: true });
  if (loaded.ok) return { set: loaded.set, times };
  const problems = loaded.problems.map((problem) => `  ${showProblem(problem)}`);
  throw new CliError(["the policies in force make no set", ...problems].join("\n"));
}

function readFolderOrFail(directory: string): PolicyFile[] {
  const files = readPolicyPaths([directory]);
  if (!("problems" in files)) return files;
  throw new CliError(files.problems.map((problem) => showProblem(problem)).join("\n"));
}
