import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Checkout } from "../docs/checkout.ts";
import { openClusterCheckout } from "../docs/cluster-checkout.ts";
import { examplesIn, read } from "../docs/documents.ts";
import { titleOf, walk } from "../docs/walk.ts";
import { eventually } from "../support/cluster/eventually.ts";
import type { Program } from "../support/cluster/program.ts";
import { describeWith } from "../support/components.ts";
import { startCertManager } from "./cert-manager.ts";
import { certManagerComponents } from "../support/node/components.ts";
import {
  createLlama,
  gateImages,
  gateNamespace,
  giveAccelerators,
  helm,
  judgedNamespace,
  listReleased,
} from "../support/node/gate.ts";
import { machineState, type MachineState } from "../support/node/machine.ts";
import { gateProcesses, processesIn, statusOf } from "../support/node/processes.ts";
import { startNodeCluster, type NodeCluster } from "../support/node/start.ts";
import { describeOnNode } from "../support/node/suite.ts";
import { printMemory, sendToPod } from "./memory.ts";

/*
 * docs/install.md, command by command, on a real node: each way to install the gate, and each way to remove it to its end.
 * containerd runs the gate's pods from the image that the chart names, the kubelet asks whether they are ready, and the API
 * server reaches them through their Service. Tests go on where the one before stopped.
 */

const examples = examplesIn(read("docs/install.md"));
const reviews = 10_000;

describeOnNode("docs/install.md on a real node", () => {
  let before: MachineState;
  let cluster: NodeCluster;
  let checkout: Checkout;

  beforeAll(async () => {
    before = machineState();
    cluster = await startNodeCluster({ images: gateImages() });
    await giveAccelerators(cluster);
    checkout = await openClusterCheckout(cluster);
  });
  afterAll(async () => {
    await checkout?.[Symbol.asyncDispose]();
    await cluster?.stop();
  });

  const run = (isWanted: (mark: string) => boolean): void => {
    const wanted = examples.filter(({ mark }) => isWanted(mark));
    it("has something to run", () => expect(wanted).not.toEqual([]));
    it.each(wanted.map((example) => [titleOf(example), example] as const))("$ %s", (_, example) =>
      walk(checkout, example),
    );
  };
  const refuses = (): void =>
    it("refuses a model without evidence, through its Service", async () => {
      const refused = await eventually("the gate's answer", async () => {
        const { stderr } = await createLlama(cluster, true);
        return stderr.includes("denied the request") && stderr;
      });
      expect(refused).toContain("EVIDENCE_MISSING");
    });
  const leavesNothing = (): void =>
    it("leaves nothing of the gate, and nobody is asked any more", async () => {
      await eventually("nothing is left", async () => (await listReleased(cluster)).length === 0);
      expect(await cluster.get(`namespace/${gateNamespace}`)).toBeUndefined();
      expect(await cluster.admin(["api-resources", "--api-group=assaygate.dev", "-o", "name"])).toBe("");
      expect(await createLlama(cluster, true)).toMatchObject({ status: 0 });
    });
  const leavesDefinitions = (): void =>
    it("leaves the definitions of its resources, and no Lease", async () => {
      const left = await eventually("the pods have ended", async () => {
        const listed = await listReleased(cluster);
        return !listed.some((name) => name.startsWith("pod/")) && listed;
      });
      expect(left.filter((name) => !name.startsWith("customresourcedefinition."))).toEqual([]);
      expect(await createLlama(cluster, true)).toMatchObject({ status: 0 });
    });

  /** What the gate's container asks for, or may take, in MiB. */
  const memoryOf = async (which: "requests" | "limits"): Promise<number> => {
    const path = `-o=jsonpath={.spec.template.spec.containers[0].resources.${which}.memory}`;
    const said = await cluster.admin(["-n", gateNamespace, "get", "deployment/assaygate", path]);
    expect(said).toMatch(/^\d+Mi$/);
    return Number.parseInt(said, 10);
  };

  describe("trying it out", () => {
    run((mark) => mark.startsWith("cluster"));

    it("runs as nobody, with no rights", () => {
      const gates = gateProcesses(cluster.groups);
      expect(gates).toHaveLength(2);
      for (const { pid } of gates) {
        const said = ["Uid", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp"].map((name) => statusOf(pid, name));
        expect(said).toEqual(["65532\t65532\t65532\t65532", "0000000000000000", "0000000000000000", "1", "2"]);
      }
    });

    it("runs what was admitted, and nothing of what was refused", async () => {
      await cluster.admin(["-n", judgedNamespace, "rollout", "status", "deployment/granite", "--timeout=50s"]);
      const pods = await cluster.list("pods", judgedNamespace);
      expect(pods.map(({ status }) => status?.["phase"])).toEqual(["Running", "Running"]);
      expect(await cluster.get("deployment/llama", judgedNamespace)).toBeUndefined();
    });
  });

  it("holds no more memory, idle and after many reviews, than the chart asks for", async () => {
    const [requestMiB, limitMiB] = [await memoryOf("requests"), await memoryOf("limits")];
    const [replica] = gateProcesses(cluster.groups);
    if (replica?.hostName === undefined) throw new Error("there is no replica");
    printMemory(replica, "idle");
    await sendToPod(cluster, replica.hostName, reviews);
    const { anonymousMiB, peakMiB } = printMemory(replica, `after ${reviews} reviews`);
    expect(anonymousMiB).toBeLessThan(requestMiB);
    expect(peakMiB).toBeLessThan(limitMiB);
  });

  describe("removing it with kubectl", () => {
    run((mark) => mark === "node, kubectl uninstall");
    leavesNothing();
  });

  describeWith(certManagerComponents, "with cert-manager", () => {
    let manager: Program | undefined;
    beforeAll(async () => {
      manager = await startCertManager(cluster);
    });
    afterAll(() => manager?.stop());

    run((mark) => mark === "node, cert-manager install");
    refuses();
    it("has the authority and the certificate that cert-manager made", async () => {
      const { data } = (await cluster.get("secret/assaygate-tls", gateNamespace)) ?? {};
      const path = "-o=jsonpath={.webhooks[*].clientConfig.caBundle}";
      const injected = await cluster.admin(["get", "validatingwebhookconfiguration/assaygate", path]);
      expect(new Set(injected.split(" "))).toEqual(new Set([data?.["ca.crt"]]));
      const certificate = new X509Certificate(Buffer.from(data?.["tls.crt"] ?? "", "base64"));
      expect(certificate.issuer).toBe("CN=assaygate-ca");
      expect(certificate.checkHost("assaygate.assaygate-system.svc")).toBeDefined();
    });
    run((mark) => mark === "node, helm uninstall");
    run((mark) => mark === "node, after helm uninstall");
    leavesNothing();
  });

  describe("with helm install", () => {
    run((mark) => mark === "node, helm install");
    refuses();
    run((mark) => mark === "node, helm rollback");
    it("asks nobody any more", async () => {
      expect(await cluster.get("validatingwebhookconfiguration/assaygate")).toBeUndefined();
      expect(await createLlama(cluster, true)).toMatchObject({ status: 0 });
    });
    it("asks again after going back to where it was asked", async () => {
      await helm(cluster, ["rollback", "assaygate", "--wait", "--timeout", "60s"]);
    });
    refuses();
  });

  describe("removing it where its Job finds no node", () => {
    it("stays whole", async () => {
      await cluster.admin(["cordon", "node-1"]);
      await expect(helm(cluster, ["uninstall", "assaygate", "--timeout", "3s"])).rejects.toThrow(
        "Job/assaygate-system/assaygate-uninstall not ready",
      );
      expect(await cluster.get("deployment/assaygate", gateNamespace)).toBeDefined();
    });
    run((mark) => mark === "node, stuck helm uninstall");
    leavesDefinitions();
  });

  describe("removing it with helm uninstall", () => {
    it("is installed again, where its definitions and policies stayed", async () => {
      await cluster.admin(["uncordon", "node-1"]);
      await helm(cluster, ["install", "assaygate", "deploy/chart/assaygate", "--wait", "--timeout", "60s"]);
    });
    refuses();
    run((mark) => mark === "node, helm uninstall");
    leavesDefinitions();
    run((mark) => mark === "node, after helm uninstall");
    leavesNothing();
  });

  describe("with kubectl alone", () => {
    run((mark) => mark === "node, kubectl install");
    refuses();
  });

  it("leaves nothing on the machine when the node has stopped", async () => {
    expect(processesIn(cluster.groups)).not.toEqual([]);
    await cluster.stop();
    await checkout[Symbol.asyncDispose]();
    expect(machineState()).toEqual(before);
  });
});
