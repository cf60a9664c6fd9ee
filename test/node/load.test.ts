import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { startLoad, type Answer } from "../e2e/load.ts";
import type { Json } from "../support/artifacts.ts";
import { eventually } from "../support/cluster/eventually.ts";
import { gateImages, gateNamespace, installGate, judgedNamespace } from "../support/node/gate.ts";
import { gateProcesses, type NodeProcess } from "../support/node/processes.ts";
import { checkout } from "../support/node/root.ts";
import { startNodeCluster, type NodeCluster } from "../support/node/start.ts";
import { describeOnNode } from "../support/node/suite.ts";

/*
 * Two nodes, a replica on each, and reviews all the while, through the real API server and the Service. Pods end as they
 * do in a cluster: endpoints go, preStop holds, SIGTERM comes. What cannot be answered because its replica was killed is
 * bounded; everything else is answered.
 */

const loops = 4;
const pauseMs = 10;
const reviewsBefore = 200;
const mostAfterKill = 10;

describeOnNode("two nodes under load", () => {
  let cluster: NodeCluster;

  beforeAll(async () => {
    cluster = await startNodeCluster({ nodes: 2, images: gateImages() });
    await installGate(cluster);
  });
  afterAll(() => cluster?.stop());

  const gates = async (): Promise<readonly NodeProcess[]> =>
    eventually("two replicas", () => {
      const found = gateProcesses(cluster.groups);
      return found.length === 2 && found;
    });
  const rolledOut = (): Promise<string> =>
    cluster.admin(["-n", gateNamespace, "rollout", "status", "deployment/assaygate", "--timeout=55s"]);
  const nodesOfPods = async (): Promise<string[]> =>
    (await cluster.list("pods", gateNamespace)).map(({ spec }) => String(spec?.["nodeName"])).toSorted();
  /** Runs `what` while reviews go on, before and afterwards, too. Returns those that were not answered as they must be. */
  const unansweredDuring = async (name: string, what: () => Promise<unknown>): Promise<string[]> => {
    const load = await startLoad(cluster, judgedNamespace, [withEvidence, withoutEvidence], loops, { pauseMs });
    const more = (): Promise<boolean> => {
      const enough = load.count() + reviewsBefore;
      return eventually("more answers", () => load.count() >= enough);
    };
    const started = performance.now();
    try {
      await more();
      await what();
      await more();
    } finally {
      await load.over();
    }
    const perSecond = Math.round(load.count() / ((performance.now() - started) / 1_000));
    const unanswered = load.answers
      .filter((answer) => !isJudged(answer))
      .map(({ status, body }) => `${status} ${body}`);
    process.stdout.write(`${name}: ${load.count()} reviews, ${perSecond}/s, ${unanswered.length} not answered\n`);
    return unanswered;
  };

  it("has a replica on each", async () => {
    expect(await nodesOfPods()).toEqual(["node-1", "node-2"]);
  });

  it("answers every review during a rolling restart", async () => {
    const unanswered = await unansweredDuring("rolling restart", async () => {
      await cluster.admin(["-n", gateNamespace, "rollout", "restart", "deployment/assaygate"]);
      await rolledOut();
      await gates();
    });
    expect(unanswered).toEqual([]);
  });

  it("loses no more than what was on its way when a replica is killed", async () => {
    for (const { pid, hostName } of await gates()) {
      const unanswered = await unansweredDuring(`kill -9 of ${hostName}`, async () => {
        process.kill(pid, "SIGKILL");
        await eventually("another process in its place", async () => {
          const now = await gates();
          return now.every((gate) => gate.pid !== pid);
        });
        await rolledOut();
      });
      expect(unanswered.length).toBeLessThanOrEqual(mostAfterKill);
      for (const answer of unanswered) expect(answer).toMatch(/^500 .*failed calling webhook/);
    }
  });

  it.each(["node-1", "node-2"])("answers every review while %s is drained", async (node) => {
    const unanswered = await unansweredDuring(`drain of ${node}`, async () => {
      await cluster.admin(["drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=55s"]);
      await rolledOut();
      await cluster.admin(["uncordon", node]);
    });
    expect(unanswered).toEqual([]);
  });
});

const withEvidence = parse(readFileSync(join(checkout, "docs/examples/deployment.yaml"), "utf8")) as Json;
const withoutEvidence: Json = { ...withEvidence, metadata: { name: "llama", namespace: judgedNamespace } };

/** Admitted with evidence, refused without: anything else is no answer, or the wrong one. */
function isJudged({ status, body }: Answer): boolean {
  if (status === 201) return body.includes('"name":"granite"');
  return status === 403 && body.includes(`${judgedNamespace}/llama denied`) && body.includes("EVIDENCE_MISSING");
}
