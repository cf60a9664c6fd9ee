import { join } from "node:path";
import { locate } from "../scripts/components/locate.ts";
import { startLoad } from "../test/e2e/load.ts";
import { evaluation, referenceTo } from "../test/support/builders/evaluation.ts";
import { policy } from "../test/support/builders/policy.ts";
import { deployment } from "../test/support/builders/workload.ts";
import { writeLayout } from "../test/support/artifacts.ts";
import { type Cluster, clusterComponents, startCluster } from "../test/support/cluster/cluster.ts";
import { type GateProcess, startGateProcess } from "../test/support/cluster/gate-process.ts";
import { registerGate } from "../test/support/cluster/register-gate.ts";

/** What a real API server measured of the gate. */
export interface SeenByApiServer {
  readonly reviews: number;
  /** Mean, by apiserver_admission_webhook_admission_duration_seconds: with connection, TLS and JSON on the API server's side. */
  readonly apiServerMs: number;
  /** The share of those that took at most 5 ms, the finest bucket of that metric. */
  readonly within5Ms: number;
  /** Mean of the same reviews, by the gate's own assaygate_admission_duration_seconds. */
  readonly gateMs: number;
}

const namespace = "prod-chat";

/** Warm reviews of one Deployment through a real API server, `loops` at a time. Undefined, and says so, where it is missing. */
export async function measureThroughApiServer(
  bundle: string,
  reviews: number,
  loops: number,
): Promise<SeenByApiServer | undefined> {
  const missing = clusterComponents.map(locate).find((located) => "missing" in located);
  if (missing !== undefined && "missing" in missing) {
    console.error(`not measured through an API server: ${missing.missing}`);
    return undefined;
  }
  await using cluster = await startCluster({ controllers: false });
  await cluster.createNamespace(namespace);
  const artifact = evaluation({ "org.opencontainers.image.created": new Date().toISOString() });
  const layout = join(cluster.folder, "layout");
  await writeLayout(layout, [artifact]);
  const namespaces = [{ name: namespace, labels: { "assaygate.dev/environment": "production" } }];
  await using gate = await startGateProcess({
    bundle,
    parent: cluster.folder,
    policies: { "policy.yaml": policy() },
    config: { layout, namespaces },
  });
  await using _ = await registerGate(cluster, gate, [namespace]);
  const load = { loops, object: deployment(referenceTo(artifact)) };
  await createMany(cluster, reviews / 4, load);
  const before = await readTotals(cluster, gate);
  await createMany(cluster, reviews, load);
  const after = await readTotals(cluster, gate);
  const seen = after.apiServer.count - before.apiServer.count;
  return {
    reviews: seen,
    apiServerMs: meanMs(before.apiServer, after.apiServer),
    within5Ms: (after.apiServer.within5Ms - before.apiServer.within5Ms) / seen,
    gateMs: meanMs(before.gate, after.gate),
  };
}

async function createMany(
  cluster: Cluster,
  count: number,
  { loops, object }: { readonly loops: number; readonly object: ReturnType<typeof deployment> },
): Promise<void> {
  const load = await startLoad(cluster, namespace, [object], loops);
  while (load.count() < count) await new Promise((resolve) => setTimeout(resolve, 20));
  await load.over();
  const refused = load.answers.find(({ status }) => status !== 201);
  if (refused !== undefined) throw new Error(`not admitted: ${refused.status} ${refused.body}`);
}

interface Histogram {
  readonly count: number;
  readonly sumSeconds: number;
  readonly within5Ms: number;
}

type Totals = Readonly<Record<"apiServer" | "gate", Histogram>>;

async function readTotals(cluster: Cluster, gate: GateProcess): Promise<Totals> {
  return {
    apiServer: histogramIn(
      await cluster.admin(["get", "--raw", "/metrics"]),
      "apiserver_admission_webhook_admission_duration_seconds",
      'name="gate.assaygate.dev"',
    ),
    gate: histogramIn(
      await (await fetch(`${gate.healthUrl}/metrics`)).text(),
      "assaygate_admission_duration_seconds",
      'decision="admit"',
    ),
  };
}

function meanMs(before: Histogram, after: Histogram): number {
  return ((after.sumSeconds - before.sumSeconds) / (after.count - before.count)) * 1_000;
}

/** The sum over all series of a histogram that have `label`. https://prometheus.io/docs/instrumenting/exposition_formats/ */
function histogramIn(text: string, name: string, label: string): Histogram {
  const sum = (suffix: string, also = ""): number =>
    text
      .split("\n")
      .filter((line) => line.startsWith(`${name}_${suffix}{`) && line.includes(label) && line.includes(also))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
  return { count: sum("count"), sumSeconds: sum("sum"), within5Ms: sum("bucket", 'le="0.005"') };
}
