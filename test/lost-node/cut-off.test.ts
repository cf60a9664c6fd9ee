import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { nodes } from "../support/node/addresses.ts";
import { eventually } from "../support/cluster/eventually.ts";
import { gateImages, gateNamespace, installGate } from "../support/node/gate.ts";
import { setLink } from "../support/node/links.ts";
import { startNodeCluster, type NodeCluster } from "../support/node/start.ts";
import { describeOnNode } from "../support/node/suite.ts";
import { mostOpen, reviewWhile } from "../node/reviews.ts";

/*
 * A node that nothing reaches any more, with a replica of the gate on it that the API server talks to. The cluster waits
 * most of a minute before it takes a silent node for lost, with settings as they are by default.
 */

const [, second] = nodes;

/** kubectl takes time that the reviews need. */
const patience = { deadlineMs: 120_000, pollMs: 2_000 };

describeOnNode("a node cut off", () => {
  let cluster: NodeCluster;

  beforeAll(async () => {
    cluster = await startNodeCluster({ nodes: 2, images: gateImages() });
    await installGate(cluster);
  });
  afterAll(() => cluster?.stop());

  const podsBy = async (isThere: (node: unknown) => boolean): Promise<string[]> =>
    (await cluster.list("pods", gateNamespace))
      .filter(({ spec }) => isThere(spec?.["nodeName"]))
      .map(({ metadata }) => metadata.name);
  /** Addresses of the gate that the API server may call. */
  const served = async (): Promise<string> =>
    cluster.admin([
      "-n",
      gateNamespace,
      "get",
      "endpointslices",
      "-l",
      "kubernetes.io/service-name=assaygate",
      "-o",
      "jsonpath={.items[*].endpoints[?(@.conditions.ready==true)].nodeName}",
    ]);

  it("loses no more than the reviews that were open on it", async () => {
    // The API server keeps its connections to the replica on the second node while the other one is replaced.
    await cluster.admin(["-n", gateNamespace, "delete", "pod", ...(await podsBy((node) => node !== second.name))]);
    await cluster.admin(["-n", gateNamespace, "rollout", "status", "deployment/assaygate", "--timeout=55s"]);
    expect((await served()).split(" ")).toContain(second.name);

    const started = performance.now();
    const { unanswered, isLoad } = await reviewWhile(cluster, `${second.name} is cut off`, async (more) => {
      setLink(cluster, "down");
      await more();
      await eventually(
        "its replica is no longer served",
        async () => !(await served()).includes(second.name),
        patience,
      );
      process.stdout.write(`taken for lost after ${Math.round((performance.now() - started) / 1_000)} s\n`);
    });
    expect(isLoad).toBe(true);
    expect(unanswered.length).toBeLessThanOrEqual(mostOpen);
    for (const answer of unanswered) expect(answer).toMatch(/^500 .*failed calling webhook/);
  });

  it("is served from again when the link is back", async () => {
    const reviewed = await reviewWhile(cluster, `${second.name} is back`, async () => {
      setLink(cluster, "up");
      await eventually("both are served", async () => (await served()).includes(second.name), patience);
    });
    expect(reviewed).toEqual({ unanswered: [], isLoad: true });
  });
});
