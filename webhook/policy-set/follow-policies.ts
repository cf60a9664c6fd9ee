import type { Logger } from "pino";
import type { DecideSettings } from "../../policies/decision/decide.ts";
import type { LivePolicySet } from "./policy-set.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { ClusterConfig } from "../../config/cluster-config.ts";
import { electFor } from "../cluster/leader-election/leader-task.ts";
import { ownNamespace, readKubeconfig } from "../cluster/kubeconfig.ts";
import { leaseIn, leaseLater, type LeaseApi } from "../cluster/leader-election/lease.ts";
import { createStatusWriter } from "./status.ts";

/** The way between a cluster's policies and the set in force. */
export interface FollowedPolicies {
  /** What is wrong with writing statuses, one line each. */
  details(): readonly string[];
  stop(): Promise<void>;
}

export interface FollowParts {
  readonly config: ClusterConfig;
  readonly environment: NodeJS.ProcessEnv;
  readonly log: Logger;
  readonly settings: DecideSettings;
}

/** Loads the set anew whenever the cluster's policies change; the elected replica writes back what became of each. */
export function followPolicies(
  cluster: Cluster,
  policies: LivePolicySet,
  { config, environment, log, settings }: FollowParts,
): FollowedPolicies {
  const { lease, status } = config;
  const duty = status
    ? electFor({
        lease: leaseLater(() => connect(config, environment)),
        name: lease.name,
        task: "write the status of policies",
        log,
        elected: () => writer.refresh(),
      })
    : undefined;
  const writer = createStatusWriter({
    client: cluster.client,
    metrics: cluster.metrics,
    log,
    objects: cluster.objects,
    state: () => ({
      set: policies.current(),
      inForce: policies.inForce(),
      problems: policies.problems(),
      now: new Date(),
      maxExceptionMs: settings.maxExceptionMs,
    }),
    leading: () => duty?.leading() === true,
  });
  cluster.onPoliciesChanged(() => {
    policies.refresh();
    writer.refresh();
  });
  return {
    details: () => [writer.problem(), duty?.problem()].filter((problem) => problem !== undefined),
    async stop() {
      writer.stop();
      await duty?.stop();
    },
  };
}

async function connect({ kubeconfig, lease }: ClusterConfig, environment: NodeJS.ProcessEnv): Promise<LeaseApi> {
  const config = await readKubeconfig(kubeconfig, environment);
  return leaseIn(config, lease.namespace ?? ownNamespace(config), lease.name);
}
