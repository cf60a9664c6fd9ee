import { expect, it } from "@jest/globals";
import { findReportKind } from "../../../webhook/audit/report-kind.ts";
import { useHostileClient } from "../../support/hostile-client.ts";

const signal = new AbortController().signal;
const open = "/apis/openreports.io/v1alpha1";
const older = "/apis/wgpolicyk8s.io/v1alpha2";

const hostile = useHostileClient();

/** The cluster serves these resources, by the path of their group. */
function serve(groups: Readonly<Record<string, unknown>>): void {
  hostile().cluster.fault = (_, path) => (path in groups ? { body: JSON.stringify(groups[path]) } : undefined);
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
  expect((await findReportKind(hostile().client, signal))?.kind).toBe(kind);
});

it("a cluster that will not say is not one without reports", async () => {
  hostile().cluster.fault = () => ({ status: 503, message: "try again" });
  await expect(findReportKind(hostile().client, signal)).rejects.toMatchObject({ name: "KubeError", status: 503 });
});
