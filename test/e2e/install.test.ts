import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Checkout } from "../docs/checkout.ts";
import { openClusterCheckout } from "../docs/cluster-checkout.ts";
import { examplesIn, read } from "../docs/documents.ts";
import { titleOf, walk } from "../docs/walk.ts";
import { clusterComponents, startCluster, type Cluster } from "../support/cluster/cluster.ts";
import { describeWith } from "../support/components.ts";
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
    checkout = await openClusterCheckout(cluster);
  }, startMs);
  afterAll(async () => {
    await node?.stop();
    await checkout[Symbol.asyncDispose]();
    await cluster.stop();
  });

  it.each(examples.map((example) => [titleOf(example), example] as const))(
    "$ %s",
    async (_, example) => {
      if (example.mark === "cluster, needs a node") node = await startNode(cluster);
      // After the command that registers the gate, the API server is told where it really is.
      await walk(checkout, example, async (at) => {
        if (example.mark === "cluster, registers" && at === 0) await node?.register();
      });
    },
    stepMs,
  );

  it("has something to run", () => expect(examples.length).toBeGreaterThan(5));

  it("leaves what it admitted, and not what it refused", async () => {
    expect(await cluster.get("deployment/granite", "prod-chat")).toBeDefined();
    expect(await cluster.get("deployment/llama", "prod-chat")).toBeUndefined();
  });
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
