/**
 * What an audit by the gate does to its reviews: `node bench/beside/audit.ts [BUNDLE]`. Two gates on one real API server, of which
 * one audits all the time, are sent the same warm reviews in turn, in an open loop.
 */
import { join } from "node:path";
import { locate } from "../../scripts/components/locate.ts";
import { writeLayout, type Json } from "../../test/support/artifacts.ts";
import { clusterComponents, startCluster, type Cluster } from "../../test/support/cluster/cluster.ts";
import { manifestOf } from "../../test/support/cluster/client.ts";
import { eventually } from "../../test/support/cluster/eventually.ts";
import { startGateProcess, type GateProcess } from "../../test/support/cluster/gate-process.ts";
import { median } from "../median.ts";
import { show } from "./show.ts";
import { makeSignedReviews, signedArtifacts, signedPolicy } from "./signed-reviews.ts";
import { load, manyObjects } from "./warm.ts";

/** What reviews take, alone and beside an audit. Milliseconds, one for each round. */
export interface AuditedFigures {
  readonly perSecond: number;
  readonly objectsPerSecond: number;
  /** How many objects the audit looked at while it was measured. */
  readonly audited: number;
  readonly aloneP99Ms: readonly number[];
  readonly besideP99Ms: readonly number[];
}

/** How much, and of what. */
export interface AuditedOptions {
  readonly bundle: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly workloads: number;
  readonly objectsPerSecond: number;
}

const namespace = "prod-chat";

/** Undefined, and says so, where the programs of a cluster are missing. */
export async function measureBesideAudit(options: AuditedOptions): Promise<AuditedFigures | undefined> {
  const missing = [...clusterComponents, "report-definitions" as const]
    .map(locate)
    .find((located) => "missing" in located);
  if (missing !== undefined && "missing" in missing) {
    console.error(`not measured beside an audit: ${missing.missing}`);
    return undefined;
  }
  const { rounds, seconds, workloads, objectsPerSecond } = options;
  await using cluster = await startCluster({ controllers: false });
  const bodies = makeSignedReviews(manyObjects);
  await fill(cluster, bodies.slice(0, workloads));
  await using alone = await startGate(cluster, options, {});
  await using auditing = await startGate(cluster, options, { audit: { intervalMs: 1_000, objectsPerSecond } });
  await eventually("an object was looked at", async () => (await countAudited(auditing)) > 0);
  for (const gate of [alone, auditing]) await load(gate, { bodies, seconds });
  // The API server, its store and two gates share the machine: at half of the capacity it would be them that are measured.
  const perSecond = (await load(alone, { bodies, seconds })).perSecond / 8;
  const before = await countAudited(auditing);
  const [aloneP99Ms, besideP99Ms]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    aloneP99Ms.push((await load(alone, { bodies, seconds, perSecond })).p99Ms);
    besideP99Ms.push((await load(auditing, { bodies, seconds, perSecond })).p99Ms);
  }
  const audited = (await countAudited(auditing)) - before;
  return { perSecond, objectsPerSecond, audited, aloneP99Ms, besideP99Ms };
}

/** The objects of these reviews, as they lie in a cluster, and the definition of reports. */
async function fill(cluster: Cluster, bodies: readonly string[]): Promise<void> {
  const definitions = locate("report-definitions");
  if ("path" in definitions) await cluster.admin(["apply", "--server-side", "-f", definitions.path]);
  await cluster.createNamespace(namespace);
  const objects = bodies.map((body) => {
    const { request } = JSON.parse(body) as { request: { object: { metadata: Json } } };
    const { name, labels, annotations } = request.object.metadata;
    return { ...request.object, metadata: { name, namespace, labels, annotations } };
  });
  await cluster.admin(["create", "-f", "-"], { stdin: manifestOf(objects) });
}

async function startGate(cluster: Cluster, { bundle }: AuditedOptions, config: Json): Promise<GateProcess> {
  const layout = join(cluster.folder, "layout");
  await writeLayout(layout, signedArtifacts);
  return startGateProcess({
    bundle,
    parent: cluster.folder,
    policies: { "policy.yaml": JSON.parse(signedPolicy) as Json },
    config: {
      layout,
      namespaces: [{ name: "*", labels: { "assaygate.dev/environment": "production" } }],
      cluster: { kubeconfig: cluster.kubeconfig, policies: false, status: false, lease: { namespace: "default" } },
      ...config,
    },
  });
}

/** By the reports that were looked at. */
async function countAudited({ healthUrl }: GateProcess): Promise<number> {
  const text = await (await fetch(`${healthUrl}/metrics`)).text();
  return [...text.matchAll(/^assaygate_audit_reports_total\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
}

if (import.meta.main) {
  const [bundle = "dist/assaygate.mjs", objectsPerSecond = "10", rounds = "7"] = process.argv.slice(2);
  const figures = await measureBesideAudit({
    bundle,
    rounds: Number(rounds),
    seconds: 5,
    workloads: 500,
    objectsPerSecond: Number(objectsPerSecond),
  });
  if (figures !== undefined) {
    const { aloneP99Ms, besideP99Ms, perSecond, audited } = figures;
    const ratio = median(besideP99Ms) / median(aloneP99Ms);
    console.log(
      `p99 of ${perSecond.toFixed(0)} warm reviews a second while ${audited} objects were audited, against without: ` +
        `${ratio.toFixed(2)}× (${show(besideP99Ms, 2)} against ${show(aloneP99Ms, 2)} ms)`,
    );
  }
}
