import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { examplesIn, isOutput, read, stepsIn, type Example } from "../docs/documents.ts";
import { openCheckout, type Checkout } from "../docs/checkout.ts";
import { clusterComponents, startCluster, type Cluster } from "../support/cluster/cluster.ts";
import { componentPath, describeWith } from "../support/components.ts";
import { startNode, type StandInNode } from "./stand-in-node.ts";

/*
 * docs/install.md, command by command, on a real API server with the real controllers. Two things are not as in a
 * cluster, because there is no node: the gate's pods do not run, one gate runs beside the cluster instead, with their
 * configuration and their service account; and the API server calls it by a URL on loopback instead of the Service,
 * with a certificate for that address instead of a self-managed one. See stand-in-node.ts.
 */

const examples = examplesIn(read("docs/install.md")).filter(({ mark }) => mark.startsWith("cluster"));
const startMs = 120_000;
const stepMs = 120_000;

describeWith([...clusterComponents, "helm"], "docs/install.md", () => {
  let cluster: Cluster;
  let checkout: Checkout;
  let node: StandInNode | undefined;

  beforeAll(async () => {
    cluster = await startCluster();
    const home = join(cluster.folder, "person");
    await mkdir(home);
    const programs = [componentPath("helm"), componentPath("kubectl"), process.execPath].map((path) => dirname(path));
    const PATH = [...programs, process.env["PATH"]].join(delimiter);
    checkout = await openCheckout({ PATH, HOME: home, KUBECONFIG: cluster.kubeconfig });
  }, startMs);
  afterAll(async () => {
    await node?.stop();
    await checkout[Symbol.asyncDispose]();
    await cluster.stop();
  });

  it.each(examples.map((example) => [stepsIn(example.content).at(0)?.command ?? "", example] as const))(
    "$ %s",
    async (_, example) => {
      if (example.mark === "cluster, needs a node") node = await startNode(cluster);
      await runExample(example);
    },
    stepMs,
  );

  it("has something to run", () => expect(examples.length).toBeGreaterThan(5));

  it("leaves what it admitted, and not what it refused", async () => {
    expect(await cluster.get("deployment/granite", "prod-chat")).toBeDefined();
    expect(await cluster.get("deployment/llama", "prod-chat")).toBeUndefined();
  });

  /** Each command by itself: after the one that registers the gate, the API server is told where it really is. */
  async function runExample({ mark, content }: Example): Promise<void> {
    const steps = stepsIn(content);
    for (const [at, step] of steps.entries()) {
      const [ran] = await checkout.run([step]);
      const isLast = at === steps.length - 1;
      const status = isLast && mark === "cluster, exit 1" ? 1 : 0;
      const text = isOutput(step.output, ran?.text ?? "") ? step.output.join("\n") : ran?.text;
      expect({ command: step.command, status: ran?.status, text }).toEqual({
        command: step.command,
        status,
        text: step.output.join("\n"),
      });
      if (mark === "cluster, registers" && at === 0) await node?.register();
    }
  }
});

describe("docs/install.md", () => {
  it("names values that the chart has", () => {
    const values = read("deploy/chart/assaygate/values.yaml");
    const named = [...read("docs/install.md").matchAll(/`((?:webhooks|certificates|registry|image)\.[a-zA-Z.]+)`/g)];
    expect(named).not.toEqual([]);
    const missing = named
      .map(([, name = ""]) => name.split(".").at(-1) ?? "")
      .filter((key) => !values.includes(`${key}:`));
    expect(missing).toEqual([]);
  });
});
