import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { eventually } from "../support/cluster/eventually.ts";
import { chartArguments, gateImages, gateNamespace, helm, installGate } from "../support/node/gate.ts";
import { gateProcesses, processorTicks, type NodeProcess } from "../support/node/processes.ts";
import { startNodeCluster, type NodeCluster } from "../support/node/start.ts";
import { describeOnNode } from "../support/node/suite.ts";
import { mostOpen, reviewWhile, type Reviewed } from "./reviews.ts";

/*
 * Two nodes, a replica on each, and reviews all the while, through the real API server and the Service. Pods end as they
 * do in a cluster: endpoints go, preStop holds, SIGTERM comes. What cannot be answered because its replica was killed, or
 * hangs, is bounded; everything else is answered.
 */

/** After a replica was killed, until nobody is led to it any more: its address is gone from the Service. */
const mostRefused = 10;

/** Each of these needs a connection to the other replica then, and every second try is led to the one that is gone. */
const openAtKill = 6;

/** Looking through all processes of two nodes takes time that the reviews need. */
const patience = { pollMs: 500 };
const allAnswered: Reviewed = { unanswered: [], isLoad: true };

/** A hung replica is seen, and given up, sooner than by default, which takes a minute and a half. */
const quickRestart = [
  "livenessProbe.periodSeconds=2",
  "livenessProbe.timeoutSeconds=1",
  "livenessProbe.failureThreshold=3",
  "config.drainMs=1000",
];

describeOnNode("two nodes under load", () => {
  let cluster: NodeCluster;

  beforeAll(async () => {
    cluster = await startNodeCluster({ nodes: 2, images: gateImages() });
    await installGate(cluster);
  });
  afterAll(() => cluster?.stop());

  const gates = async (): Promise<readonly NodeProcess[]> =>
    eventually(
      "two replicas",
      () => {
        const found = gateProcesses(cluster.groups);
        return found.length === 2 && found;
      },
      patience,
    );
  const rolledOut = (): Promise<string> =>
    cluster.admin(["-n", gateNamespace, "rollout", "status", "deployment/assaygate", "--timeout=55s"]);
  const nodesOfPods = async (): Promise<string[]> =>
    (await cluster.list("pods", gateNamespace)).map(({ spec }) => String(spec?.["nodeName"])).toSorted();
  /** Two replicas other than these. */
  const replaced = (old: readonly NodeProcess[], deadlineMs = 30_000): Promise<boolean> =>
    eventually(
      "other processes in their place",
      async () => {
        const now = await gates();
        return now.every(({ pid }) => old.every((each) => each.pid !== pid));
      },
      { ...patience, deadlineMs },
    );

  it("has a replica on each", async () => {
    expect(await nodesOfPods()).toEqual(["node-1", "node-2"]);
  });

  it("answers every review during a rolling restart", async () => {
    const reviewed = await reviewWhile(cluster, "rolling restart", async () => {
      await cluster.admin(["-n", gateNamespace, "rollout", "restart", "deployment/assaygate"]);
      await rolledOut();
      await gates();
    });
    expect(reviewed).toEqual(allAnswered);
  });

  it("loses no more than what was on its way when a replica is killed", async () => {
    for (const gate of await gates()) {
      const kill = async (): Promise<void> => {
        process.kill(gate.pid, "SIGKILL");
        await replaced([gate]);
        await rolledOut();
      };
      const reviewed = await reviewWhile(cluster, `kill -9 of ${gate.hostName}`, kill, openAtKill);
      const { unanswered, isLoad } = reviewed;
      expect(isLoad).toBe(true);
      const refused = unanswered.filter((answer) => answer.includes("connection refused"));
      expect(refused.length).toBeLessThanOrEqual(mostRefused);
      expect(unanswered.length - refused.length).toBeLessThanOrEqual(openAtKill);
      for (const answer of unanswered) expect(answer).toMatch(/^500 .*failed calling webhook/);
    }
  });

  it.each(["node-1", "node-2"])("answers every review while %s is drained", async (node) => {
    const reviewed = await reviewWhile(cluster, `drain of ${node}`, async () => {
      await cluster.admin(["drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=55s"]);
      await rolledOut();
      await cluster.admin(["uncordon", node]);
    });
    expect(reviewed).toEqual(allAnswered);
  });

  it("answers every review during helm upgrade", async () => {
    const old = await gates();
    const reviewed = await reviewWhile(cluster, "helm upgrade", async () => {
      const set = `--set=${quickRestart.join(",")}`;
      await helm(cluster, ["upgrade", "assaygate", ...chartArguments, set, "--wait", "--timeout", "60s"]);
      await replaced(old);
    });
    expect(reviewed).toEqual(allAnswered);
  });

  it("loses no more than what a hung replica held, which its liveness probe restarts", async () => {
    const hung = await busiest(await gates());
    const started = performance.now();
    const { unanswered, isLoad } = await reviewWhile(cluster, `${hung.hostName} hangs`, async () => {
      process.kill(hung.pid, "SIGSTOP");
      await replaced([hung], 90_000);
      await rolledOut();
    });
    const seconds = Math.round((performance.now() - started) / 1_000);
    const about = `--field-selector=reason=Killing,involvedObject.name=${hung.hostName}`;
    const events = await cluster.admin([
      "-n",
      gateNamespace,
      "get",
      "events",
      about,
      "-o",
      "jsonpath={.items[*].message}",
    ]);
    process.stdout.write(`${hung.hostName}: ${events} (again in service after ${seconds} s)\n`);
    expect(events).toContain("failed liveness probe, will be restarted");
    expect(isLoad).toBe(true);
    expect(unanswered.length).toBeLessThanOrEqual(mostOpen);
    for (const answer of unanswered) expect(answer).toMatch(/^500 .*failed calling webhook/);
  });

  it("answers every review during helm rollback", async () => {
    const old = await gates();
    const reviewed = await reviewWhile(cluster, "helm rollback", async () => {
      await helm(cluster, ["rollback", "assaygate", "--wait", "--timeout", "60s"]);
      await replaced(old);
    });
    expect(reviewed).toEqual(allAnswered);
  });

  /** The one that has judged most of the next reviews: the API server may send all of them to one. */
  async function busiest(among: readonly NodeProcess[]): Promise<NodeProcess> {
    const before = new Map(among.map(({ pid }) => [pid, processorTicks(pid)]));
    await reviewWhile(cluster, "to see which replica is busy", (more) => more());
    const work = ({ pid }: NodeProcess): number => processorTicks(pid) - (before.get(pid) ?? 0);
    const [first] = among.toSorted((one, other) => work(other) - work(one));
    if (first === undefined) throw new Error("there is no replica");
    return first;
  }
});
