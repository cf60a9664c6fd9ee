import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Json } from "../support/builders/json.ts";
import { listLastingComplaints } from "../support/complaints.ts";
import { manifestOf, type KubernetesObject } from "../support/cluster/client.ts";
import type { Cluster } from "../support/cluster/cluster.ts";
import { eventually } from "../support/cluster/eventually.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { describeOnCluster, startOwnCluster } from "../support/cluster/suite.ts";
import { componentPath } from "../support/components.ts";
import { installReplicas, untilAsked, type Replicas } from "./replicas.ts";
import { evidence, granite, makeEditor, policyFor } from "./scene.ts";

const namespace = "prod-chat";
const jane = { as: "jane@example.com" };
/** The garbage collector looks for new kinds twice a minute. */
const collected = { deadlineMs: 100_000 };
/** Events that come again are counted twice a minute. */
const flushed = { deadlineMs: 90_000 };

const values = ["audit.enabled=true", "config.audit.intervalMs=1000", "config.audit.objectsPerSecond=1000"];

describeOnCluster(
  "audits, reports and Events",
  () => {
    let cluster: Cluster;
    let replicas: Replicas;
    let gate: GateProcess;

    const named = (name: string, reference?: string, change: Json = {}): Json =>
      granite(namespace, reference, { ...change, metadata: { name, ...(change["metadata"] as Json | undefined) } });
    const uidOf = async (resource: string): Promise<string> => {
      const found = await cluster.get(resource, namespace);
      if (found === undefined) throw new Error(`no ${resource}`);
      return found.metadata.uid;
    };
    const reportOf = async (kind: string, deployment: string): Promise<KubernetesObject | undefined> =>
      cluster.get(`${kind}/assaygate-${await uidOf(`deployment/${deployment}`)}`, namespace);
    const metrics = async (): Promise<string> => (await fetch(`${gate.healthUrl}/metrics`)).text();
    const counted = async (outcome: string): Promise<number> =>
      Number(new RegExp(`assaygate_audit_reports_total{outcome="${outcome}"} (\\d+)`).exec(await metrics())?.[1] ?? 0);
    const define = async (file: string): Promise<void> => {
      const path = join(dirname(componentPath("report-definitions")), file);
      await cluster.admin(["apply", "--server-side", "-f", path]);
      await cluster.admin(["wait", "--for=condition=Established", "--timeout=30s", "-f", path]);
    };
    const eventsOn = async (kind: string, name: string): Promise<readonly Json[]> => {
      const fields = `involvedObject.kind=${kind},involvedObject.name=${name}`;
      const events = await cluster.list("events", undefined, undefined, fields);
      return events
        .map((event) => event as unknown as Json)
        .filter(({ reportingComponent }) => reportingComponent === "assaygate.dev/gate");
    };

    beforeAll(async () => {
      cluster = await startOwnCluster({ controllers: true });
      await cluster.createNamespace(namespace);
      await makeEditor(cluster, jane.as, namespace);
      await define("wgpolicyk8s.io_policyreports.yaml");
      // Before there is a gate: nobody asks for evidence.
      await cluster.admin(["create", "-f", "-"], {
        stdin: manifestOf([named("slipped-past"), named("in-order", evidence.good), named("short-lived")]),
      });
      replicas = await installReplicas(cluster, values);
      await cluster.admin(["create", "-f", "-"], { stdin: manifestOf([policyFor(namespace)]) });
      gate = await replicas.start();
      replicas.route(gate);
      await untilAsked(cluster, named("probe"));
    });
    afterAll(async () => {
      await replicas?.[Symbol.asyncDispose]();
      await cluster?.stop();
    });

    test("what slipped past before there was a gate is in a PolicyReport, which kubectl shows", async () => {
      const report = await eventually("the report", () => reportOf("policyreport", "slipped-past"));
      expect(report).toMatchObject({
        scope: { apiVersion: "apps/v1", kind: "Deployment", namespace, name: "slipped-past" },
        summary: { pass: 0, fail: 1, warn: 0, error: 0, skip: 0 },
        results: [
          {
            source: "assaygate",
            policy: `for-${namespace}`,
            rule: "safety",
            result: "fail",
            properties: { code: "EVIDENCE_MISSING" },
          },
        ],
      });
      const { status, stdout } = await cluster.kubectl(["get", "policyreports", "-n", namespace, "-o", "wide"]);
      expect(status).toBe(0);
      expect(stdout).toMatch(/Deployment +slipped-past +0 +1 +0 +0 +0 /);
    });

    test("so is what is in order, and no pod has one of its own", async () => {
      await eventually("the report", () => reportOf("policyreport", "in-order"));
      const reports = await cluster.list("policyreports", namespace);
      const kinds = reports.map((one) => (one as unknown as { scope: { kind: string } }).scope.kind);
      expect([...new Set(kinds)]).toEqual(["Deployment"]);
      expect(await cluster.list("pods", namespace)).not.toEqual([]);
    });

    test("a report that says the same is not written again", async () => {
      const version = async (): Promise<unknown> =>
        ((await reportOf("policyreport", "slipped-past"))?.metadata as Json | undefined)?.["resourceVersion"];
      const before = await version();
      const [written, unchanged] = [await counted("written"), await counted("unchanged")];
      await eventually("two more audits", async () => (await counted("unchanged")) >= unchanged + 6);
      expect([await version(), await counted("written")]).toEqual([before, written]);
    });

    test("an audit raises one Event on the workload, however often it finds the same", async () => {
      const [event, ...more] = await eventually("the Event", async () => {
        const found = await eventsOn("Deployment", "slipped-past");
        return found.length > 0 && found;
      });
      expect(more).toEqual([]);
      expect(event).toMatchObject({
        type: "Warning",
        reason: "EVIDENCE_MISSING",
        action: "Audit",
        involvedObject: { uid: await uidOf("deployment/slipped-past") },
      });
      expect(event?.["series"]).toBeUndefined();
      const { stdout } = await cluster.kubectl(["describe", "deployment/slipped-past", "-n", namespace]);
      expect(stdout).toMatch(/Warning +EVIDENCE_MISSING .*assaygate/);
      expect(await eventsOn("Deployment", "in-order")).toEqual([]);
    });

    test("the gauges say what the last audit found", async () => {
      await eventually("the gauges", async () =>
        /assaygate_audit_findings\{result="fail",code="EVIDENCE_MISSING"\} 2/.test(await metrics()),
      );
      expect(await metrics()).toMatch(/assaygate_audit_last_run_timestamp_seconds 1[\d.e+]+/);
    });

    test("a report goes with the object that it is about", async () => {
      const report = await eventually("the report", () => reportOf("policyreport", "short-lived"));
      const { uid, name } = report.metadata;
      expect(report.metadata.ownerReferences).toEqual([
        { apiVersion: "apps/v1", kind: "Deployment", name: "short-lived", uid: await uidOf("deployment/short-lived") },
      ]);
      expect(uid).not.toBe("");
      const { status } = await cluster.kubectl(["delete", "deployment/short-lived", "-n", namespace], jane);
      expect(status).toBe(0);
      const isGone = async (): Promise<boolean> => (await cluster.get(`policyreport/${name}`, namespace)) === undefined;
      await eventually("the report is gone", isGone, collected);
    });

    test("where the cluster has OpenReports, the next audit writes those", async () => {
      await define("openreports.io_reports.yaml");
      const report = await eventually("the report", () => reportOf("reports.openreports.io", "slipped-past"));
      expect(report).toMatchObject({
        apiVersion: "openreports.io/v1alpha1",
        source: "assaygate",
        summary: { fail: 1 },
        results: [{ source: "assaygate", result: "fail", properties: { code: "EVIDENCE_MISSING" } }],
      });
      const { status, stdout } = await cluster.kubectl([
        "get",
        "reports.openreports.io",
        "-n",
        namespace,
        "-o",
        "wide",
      ]);
      expect(status).toBe(0);
      expect(stdout).toMatch(/Deployment +slipped-past +0 +1 +0 +0 +0 /);
    });

    describe("a denial", () => {
      const owned = async (name: string): Promise<Json> => {
        const uid = await uidOf("deployment/in-order");
        const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "in-order", uid, controller: true };
        return named(name, undefined, { metadata: { ownerReferences: [owner] } });
      };

      test("that is only tried raises no Event", async () => {
        const counts = async (): Promise<unknown> => (await metrics()).match(/assaygate_events_total\{.*/g)?.toSorted();
        const before = await counts();
        const { status, stderr } = await cluster.kubectl(["apply", "--dry-run=server", "-f", "-"], {
          ...jane,
          stdin: manifestOf([await owned("tried")]),
        });
        expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("EVIDENCE_MISSING") });
        expect(await counts()).toEqual(before);
        expect(await eventsOn("Deployment", "in-order")).toEqual([]);
      });

      test("raises Events on the owner and on the policy, which kubectl describes", async () => {
        const { status } = await cluster.apply([await owned("refused")], jane);
        expect(status).toBe(1);
        const [event] = await eventually("the Event", async () => {
          const found = await eventsOn("Deployment", "in-order");
          return found.length > 0 && found;
        });
        expect(event).toMatchObject({
          reason: "EVIDENCE_MISSING",
          action: "Deny",
          metadata: { namespace },
          message: expect.stringMatching(/^assaygate: Deployment prod-chat\/refused denied by for-prod-chat\/safety: /),
        });
        await eventually(
          "the Event on the policy",
          async () => (await eventsOn("EvaluationPolicy", `for-${namespace}`)).length,
        );
        const { stdout } = await cluster.kubectl(["describe", `evalpol/for-${namespace}`]);
        expect(stdout).toMatch(
          /Warning +EVIDENCE_MISSING +\S+(?: \(x\d+ over \S+\))? +assaygate\.dev\/gate.* +assaygate: Deployment prod-chat\//,
        );
      });

      test("that comes again is counted in the Event that is there", async () => {
        for (const name of ["refused-again", "and-again"]) await cluster.apply([await owned(name)], jane);
        const series = async (): Promise<unknown> => (await eventsOn("Deployment", "in-order"))[0]?.["series"];
        await eventually("the count", async () => JSON.stringify(await series())?.includes('"count":3'), flushed);
        expect(await eventsOn("Deployment", "in-order")).toHaveLength(1);
      });
    });

    test("another replica follows, and goes on from the reports", async () => {
      await replicas.holder("assaygate-audit");
      const second = await replicas.start();
      const first = gate;
      const before = (await eventsOn("Deployment", "slipped-past")).length;
      await first.stop();
      replicas.route(second);
      gate = second;
      await eventually("audits of the other", async () => (await counted("unchanged")) > 4);
      expect(await counted("failed")).toBe(0);
      expect(await eventsOn("Deployment", "slipped-past")).toHaveLength(before);
    });

    test("all of it with the rights that the chart gives", async () => {
      // With its end, all is written that it has to say.
      await gate.stop();
      expect(listLastingComplaints(await gate.log())).toEqual([]);
    });
  },
  ["kube-controller-manager", "helm", "report-definitions"],
);
