import { auditObjects } from "../../audit/audit-objects.ts";
import { getOwnerKind } from "../../audit/owner.ts";
import { listKeysRead } from "../../policies/decision/read-keys.ts";
import type { PolicySet } from "../../policies/policy.ts";
import { createClaimResolver } from "../../webhook/cluster/claims.ts";
import type { KubeClient } from "../../webhook/cluster/client.ts";
import { createConfigMapResolver } from "../../webhook/cluster/config-maps.ts";
import { listWorkloads } from "../../webhook/cluster/objects/list-workloads.ts";
import type { KindTable } from "../../workload/kinds/kinds.ts";
import type { Io } from "../io.ts";
import { listKinds } from "../kinds.ts";
import { loadPoliciesOrFail } from "../load-policies.ts";
import { createNearMissFinder } from "../near-misses.ts";
import { openGates } from "../open-gate.ts";
import { patience } from "../replay/evidence.ts";
import { createComparingDecider, createDecider } from "./decider.ts";
import { createHandover } from "./handover.ts";
import { readNamespaces } from "./namespaces.ts";
import type { AuditRequest } from "./options.ts";
import { readPoliciesInForce, type PoliciesInForce } from "./policies-in-force.ts";
import { findUnsentKinds } from "./unsent-kinds.ts";
import { collectReport, type CliReport } from "./report.ts";

/** Objects of one answer of the API server: of usual ones some 200 KiB. */
const pageSize = 20;
/** As many objects wait for registries at the same time as one registry is asked for things at once. */
const atOnce = 8;
/** Longer than any audit: what was fetched once is not fetched again, and what is not there is not asked for again. */
const keepMs = 86_400_000;

/** Judges what lies in the cluster now. Rejects with a KubeError where it cannot be asked, and with PoliciesUnknown. */
export async function auditCluster(
  client: KubeClient,
  request: AuditRequest,
  io: Io,
  signal: AbortSignal,
): Promise<CliReport> {
  const { namespace, now, timeoutMs, diff } = request;
  const kinds = listKinds(request.config);
  const { set, inForce } = await readPolicySets(client, request, kinds, io, signal);
  const namespaces = await readNamespaces(client, namespace, request.config, signal);
  const fetchTimeoutMs = Math.max(request.config.cache.fetchTimeoutMs, timeoutMs);
  const cache = { ...request.config.cache, positiveTtlMs: keepMs, absentTtlMs: keepMs, fetchTimeoutMs };
  const config = { ...request.config, cache, patience };
  const claims = createClaimResolver(client);
  const configMaps = config.cluster?.configMaps === true ? createConfigMapResolver(client) : undefined;
  await using gates = openGates({ config, kinds, labels: namespaces.labels, now, claims, configMaps }, io);
  const handover = createHandover();
  const judge = createDecider(gates.create(set, handover.readings), timeoutMs);
  const workloads = await listWorkloads(client, kinds, { namespace, pageSize }, signal);
  const audits = auditObjects(workloads.objects, {
    judge: diff && inForce ? createComparingDecider(judge, createDecider(gates.create(inForce.set), timeoutMs)) : judge,
    takeReading: handover.take,
    kinds,
    devices: gates.parts.devices,
    keys: listKeysRead({ ...set, policies: [...set.policies, ...(inForce?.set.policies ?? [])] }),
    controllers: gates.parts.controllers,
    policyTimes: inForce?.times ?? new Map(),
    atOnce,
  });
  const look = createNearMissFinder(gates, { set, now, timeoutMs });
  const report = await collectReport(audits, { at: now, unlisted: workloads.unlisted, look, isDiff: diff });
  const isWhole = namespace === undefined && !diff;
  const unsent = isWhole && (await findUnsentKinds(client, workloads.kinds, listKindsSeen(report), signal));
  return {
    ...report,
    findings: [...report.findings, ...(unsent ? unsent.findings : [])],
    unlisted: [...namespaces.unlisted, ...report.unlisted, ...(unsent ? unsent.unlisted : [])],
  };
}

/** Kinds of objects that run something. */
function listKindsSeen({ findings }: CliReport): ReadonlySet<string> {
  const running = findings.filter(({ code }) => code !== "NOT_RUNNING");
  return new Set(running.map(({ object }) => getOwnerKind(object)));
}

interface PolicySets {
  /** What is judged by. */
  readonly set: PolicySet;
  /** What is in force; undefined where nobody asks. */
  readonly inForce: PoliciesInForce | undefined;
}

async function readPolicySets(
  client: KubeClient,
  { policies, diff, directory }: AuditRequest,
  kinds: KindTable,
  io: Io,
  signal: AbortSignal,
): Promise<PolicySets> {
  const given = policies && loadPoliciesOrFail(policies, kinds, io).set;
  if (given !== undefined && !diff) return { set: given, inForce: undefined };
  const inForce = await readPoliciesInForce(client, directory, signal);
  return { set: given ?? inForce.set, inForce };
}
