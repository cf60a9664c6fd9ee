import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { createKubeClient, type KubeClient } from "../../../webhook/cluster/client.ts";
import { readKubeconfig } from "../../../webhook/cluster/kubeconfig.ts";
import { findReportKind } from "../../../webhook/audit/report-kind.ts";
import { startHostileCluster, type HostileCluster } from "../../support/hostile-cluster.ts";

const signal = new AbortController().signal;
const open = "/apis/openreports.io/v1alpha1";
const older = "/apis/wgpolicyk8s.io/v1alpha2";

let cluster: HostileCluster;
let client: KubeClient;

beforeEach(async () => {
  cluster = await startHostileCluster();
  client = createKubeClient(() => readKubeconfig(cluster.kubeconfig, {}));
});
afterEach(async () => {
  client.close();
  await cluster[Symbol.asyncDispose]();
});

/** The cluster serves these resources, by the path of their group. */
function serve(groups: Readonly<Record<string, unknown>>): void {
  cluster.fault = (_, path) => (path in groups ? { body: JSON.stringify(groups[path]) } : undefined);
}

it.each<[string, Readonly<Record<string, unknown>>, string | undefined]>([
  ["neither", {}, undefined],
  ["OpenReports", { [open]: { resources: [{ name: "reports" }] } }, "Report"],
  ["PolicyReports", { [older]: { resources: [{ name: "policyreports" }] } }, "PolicyReport"],
  [
    "both",
    { [older]: { resources: [{ name: "policyreports" }] }, [open]: { resources: [{ name: "reports" }] } },
    "Report",
  ],
  [
    "OpenReports for what lies in no namespace alone",
    { [open]: { resources: [{ name: "clusterreports" }] }, [older]: { resources: [{ name: "policyreports" }] } },
    "PolicyReport",
  ],
  ["a group that is none", { [open]: { resources: "none" }, [older]: [] }, undefined],
])("a cluster with %s", async (_, groups, kind) => {
  serve(groups);
  expect((await findReportKind(client, signal))?.kind).toBe(kind);
});

it("a cluster that will not say is not one without reports", async () => {
  cluster.fault = () => ({ status: 503, message: "try again" });
  await expect(findReportKind(client, signal)).rejects.toMatchObject({ name: "KubeError", status: 503 });
});
