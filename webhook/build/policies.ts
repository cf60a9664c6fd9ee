import type { DecideSettings } from "../../policies/decision/decide.ts";
import { createGuard } from "../admission/namespace-guard.ts";
import { createPolicyReviewer } from "../admission/validate-policy.ts";
import { type Cluster, watchCluster } from "../cluster/cluster.ts";
import { type FollowedPolicies, followPolicies } from "../policy-set/follow-policies.ts";
import { readFolder } from "../policy-set/policy-folder.ts";
import { checkKinds } from "../policy-set/policy-kinds.ts";
import { createPolicySet, type FileCheck, type LivePolicySet } from "../policy-set/policy-set.ts";
import { checkSigners } from "../policy-set/policy-signers.ts";
import type { WebhookDependencies } from "../server/dependencies.ts";
import { observePolicySet } from "../telemetry/observers.ts";
import type { EvidenceServices } from "./evidence.ts";
import type { GateState } from "./state.ts";

/** The policy set, where it comes from, and what the cluster knows besides. */
export interface PolicyServices extends AsyncDisposable {
  readonly set: LivePolicySet;
  readonly cluster: Cluster | undefined;
  /** Undefined where no statuses are written. */
  readonly status: FollowedPolicies | undefined;
  readonly check: FileCheck;
  /** The policy files as they are now; undefined where there are none. */
  readonly files: (() => ReturnType<typeof readFolder>) | undefined;
  readonly settings: DecideSettings;
}

/** Loads policies, and watches the cluster where one is configured. Disposing of it ends both. */
export function buildPolicies(
  { config, log, environment, metrics, kinds }: GateState,
  { trust }: EvidenceServices,
): PolicyServices {
  const settings = { noMatch: config.noMatch, maxExceptionMs: config.maxExceptionDays * 86_400_000 };
  const check: FileCheck = (file) => [...checkKinds(file, kinds), ...checkSigners(file, trust.current())];
  const { directory, reloadMs } = config.policies;
  const files = directory === undefined ? undefined : () => readFolder(directory);
  const cluster = config.cluster && watchCluster(config.cluster, environment, log, metrics.registry);
  const sources = [files, cluster?.policies].filter((one) => one !== undefined);
  // A folder without policies is a wrong path or an empty mount. A cluster that has none was asked and said so.
  const loading = { reloadMs, mayBeEmpty: directory === undefined };
  const set = createPolicySet(sources, loading, check, observePolicySet(metrics, log));
  const status = cluster && config.cluster && followPolicies(cluster, set, { config: config.cluster, log, settings });
  return {
    set,
    cluster,
    status,
    check,
    files,
    settings,
    async [Symbol.asyncDispose]() {
      set.stop();
      await status?.stop();
      cluster?.stop();
    },
  };
}

/** What answers about policies and namespaces at once. */
export function buildReviewers(
  { config }: GateState,
  { check, files, set, settings }: PolicyServices,
): WebhookDependencies["reviewers"] {
  const validatePolicy = createPolicyReviewer({
    check,
    others() {
      const read = files?.() ?? [];
      return "problems" in read ? [] : read;
    },
    set: set.current,
    now: () => new Date(),
    maxExceptionMs: settings.maxExceptionMs,
  });
  return { "/validate-policy": validatePolicy, "/guard": createGuard(config.guard) };
}
