import type { Logger } from "pino";
import type { DecideSettings } from "../../policies/decision/decide.ts";
import type { LivePolicySet } from "./policy-set.ts";
import type { Cluster } from "../cluster/cluster.ts";
import type { ClusterConfig } from "../../config/cluster-config.ts";
import { createLeaseApi } from "../cluster/leader-election/lease.ts";
import { runLeaderTask, type LeaderTask } from "../cluster/leader-election/leader-task.ts";
import { createStatusWriter } from "./status-writer.ts";

/** The way between a cluster's policies and the set in force. */
export interface FollowedPolicies {
  /** What is wrong with writing statuses, one line each. */
  details(): readonly string[];
  stop(): Promise<void>;
}

/** What writing statuses needs beside the cluster and the set. */
export interface FollowOptions {
  readonly config: ClusterConfig;
  readonly log: Logger;
  readonly settings: DecideSettings;
}

/** Loads the set anew whenever the cluster's policies change; the elected replica writes back what became of each. */
export function followPolicies(
  cluster: Cluster,
  policies: LivePolicySet,
  { config, log, settings }: FollowOptions,
): FollowedPolicies {
  const task = config.status ? electWriter(cluster, config, log, () => writer.refresh()) : undefined;
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
    leading: () => task?.leading() === true,
  });
  cluster.onPoliciesChanged(() => {
    policies.refresh();
    writer.refresh();
  });
  return {
    details: () => [writer.problem(), task?.problem()].filter((problem) => problem !== undefined),
    async stop() {
      writer.stop();
      await task?.stop();
    },
  };
}

function electWriter({ client }: Cluster, { lease }: ClusterConfig, log: Logger, elected: () => void): LeaderTask {
  return runLeaderTask({
    lease: createLeaseApi(client, lease.namespace, lease.name),
    name: lease.name,
    task: "write the status of policies",
    log,
    elected,
  });
}
