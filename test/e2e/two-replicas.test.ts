import { connect } from "node:tls";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import * as z from "zod";
import type { Json } from "../support/builders/json.ts";
import { policy } from "../support/builders/policy.ts";
import { manifestOf } from "../support/cluster/client.ts";
import type { Cluster } from "../support/cluster/cluster.ts";
import { eventually } from "../support/cluster/eventually.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { describeOnCluster, startOwnCluster } from "../support/cluster/suite.ts";
import { Collector, createProgram } from "../cli/program.ts";
import { startLoad, type Answer, type Load } from "./load.ts";
import { gateNamespace, installReplicas, untilAsked, type Replicas } from "./replicas.ts";
import { evidence, granite } from "./scene.ts";

const namespace = "prod-chat";
const loops = 6;
/** client-go's LeaseDuration, a retry, and what a busy machine takes. */
const leaseMs = 25_000;

const requirement: Json = { environment: ["SameAsWorkload"], hardwareClass: ["SameAsWorkload"], maxAge: "30d" };
const lenient = policy(requirement);
const severe = policy({ ...requirement, complianceTags: ["hipaa"] });

/** How a review may end: with evidence and without, under either policy. Anything else is a failure. */
function verdictOf({ status, body }: Answer): "admitted" | "denied" | "failed" {
  if (status === 201) return "admitted";
  return status === 403 && /EVIDENCE_MISSING|COMPLIANCE_TAG_MISSING/.test(body) ? "denied" : "failed";
}

const decisionRecord = z.object({
  schema: z.literal("assaygate.dev/decision-record/v1"),
  object: z.object({ name: z.string() }),
  policySet: z.string(),
  policies: z.array(z.object({ name: z.string(), generation: z.string().optional() }).loose()),
  decision: z.string(),
});

describeOnCluster("two replicas, under load", () => {
  let cluster: Cluster;
  let replicas: Replicas;
  let [first, second]: GateProcess[] = [];

  const write = (object: Json): Promise<unknown> =>
    cluster.admin(["apply", "-f", "-"], { stdin: manifestOf([object]) });
  const ready = async (name: string): Promise<unknown> => {
    const conditions = (await cluster.get(`evalpol/${name}`))?.status?.["conditions"] as readonly Json[] | undefined;
    return conditions?.find(({ type }) => type === "Ready")?.["status"];
  };
  /** Runs `what` while requests go through the API server, before, during and after. */
  const underLoad = async (what: (load: Load) => Promise<void>): Promise<Load> => {
    const deployments = [evidence.good, undefined].map((reference, at) =>
      granite(namespace, reference, { metadata: { name: at === 0 ? "with-evidence" : "without-evidence" } }),
    );
    const load = await startLoad(cluster, namespace, deployments, loops);
    const more = async (): Promise<void> => {
      const enough = load.count() + 5 * loops;
      await eventually("more answers", () => load.count() >= enough);
    };
    try {
      await more();
      await what(load);
      await more();
    } finally {
      await load.over();
    }
    return load;
  };
  const failures = (load: Load): string[] =>
    load.answers.filter((answer) => verdictOf(answer) === "failed").map(({ status, body }) => `${status} ${body}`);
  const bothVerdicts = (load: Load): unknown => [...new Set(load.answers.map(verdictOf))].toSorted();
  const gates = (): [GateProcess, GateProcess] => {
    if (first === undefined || second === undefined) throw new Error("no gates");
    return [first, second];
  };

  beforeAll(async () => {
    cluster = await startOwnCluster({ controllers: false });
    await cluster.createNamespace(namespace, { "assaygate.dev/environment": "production" });
    replicas = await installReplicas(cluster);
    await write(lenient);
    [first, second] = await Promise.all([replicas.start(), replicas.start()]);
    replicas.route(...gates());
    await untilAsked(cluster, granite(namespace, undefined));
  });
  afterAll(async () => {
    await replicas?.[Symbol.asyncDispose]();
    await cluster?.stop();
  });

  test("a rolling restart fails no review (T78)", async () => {
    const load = await underLoad(async () => {
      for (const old of gates()) {
        const other = gates().find((gate) => gate !== old) ?? old;
        const fresh = await replicas.start();
        replicas.route(other, fresh);
        await old.stop();
        [first, second] = [other, fresh];
      }
    });
    expect(failures(load)).toEqual([]);
    expect(bothVerdicts(load)).toEqual(["admitted", "denied"]);
  });

  test("rotated certificates fail no review", async () => {
    const program = await createProgram();
    const load = await underLoad(async () => {
      const before = await authorities(gates());
      const options = { env: { KUBECONFIG: cluster.kubeconfig }, now: () => new Date(), out: new Collector() };
      const rotated = await program.runWith(options, "certs", "rotate", "--secret", `${gateNamespace}/assaygate-tls`);
      expect(rotated).toMatchObject({ code: 0 });
      await eventually("both replicas present a certificate of the new authority", async () => {
        const now = await authorities(gates());
        return now.every((fingerprint, at) => fingerprint !== before[at]) && new Set(now).size === 1;
      });
    });
    await program.remove();
    expect(failures(load)).toEqual([]);
    expect(bothVerdicts(load)).toEqual(["admitted", "denied"]);
  });

  test("changed policies fail no review, and each decision is by one generation (T75)", async () => {
    const load = await underLoad(async () => {
      for (const next of [severe, lenient, severe, lenient]) {
        const before = await latest();
        await write(next);
        await eventually("both replicas decide by it", async () => {
          const now = await latest();
          return new Set(now).size === 1 && now.every((set, at) => set !== before[at]);
        });
      }
    });
    expect(failures(load)).toEqual([]);
    const bySet = new Map<string, Set<string>>();
    for (const { object, policySet, decision, policies } of await decisions()) {
      if (object.name !== "with-evidence") continue;
      const outcome = JSON.stringify([decision, policies]);
      bySet.set(policySet, (bySet.get(policySet) ?? new Set()).add(outcome));
    }
    const outcomes = [...bySet.values()].map((all) => [...all]);
    // Each policy set led to one outcome, and the two policies to different ones.
    expect(outcomes.map(({ length }) => length)).toEqual(outcomes.map(() => 1));
    expect(new Set(outcomes.flat().map((outcome) => (JSON.parse(outcome) as unknown[])[0]))).toEqual(
      new Set(["admit", "deny"]),
    );
  });

  test("a replica that is killed fails only what it was answering; its duties move within the lease's time", async () => {
    const holders = await Promise.all([replicas.holder("assaygate"), replicas.holder("assaygate-certificates")]);
    const elected = await Promise.all(
      gates().map(async (gate) =>
        (await gate.log()).some(({ msg }) => msg === "elected to write the status of policies"),
      ),
    );
    const [leader, survivor] = elected[0] === true ? gates() : gates().toReversed();
    if (leader === undefined || survivor === undefined) throw new Error("no gates");
    let goneMs = 0;
    const load = await underLoad(async () => {
      await leader.kill();
      replicas.route(survivor);
      goneMs = performance.now();
    });
    const failed = load.answers.filter((answer) => verdictOf(answer) === "failed");
    expect(failed.filter(({ sentMs }) => sentMs > goneMs).map(({ body }) => body)).toEqual([]);
    expect(failed.length).toBeLessThanOrEqual(loops);
    expect(bothVerdicts(load)).toEqual(expect.arrayContaining(["admitted", "denied"]));

    await write(policy(requirement, {}, "second"));
    await eventually("the other one writes statuses", async () => (await ready("second")) === "True", {
      deadlineMs: leaseMs,
    });
    expect(performance.now() - goneMs).toBeLessThan(leaseMs);
    expect(await replicas.holder("assaygate")).not.toBe(holders[0]);
  });

  test("with every replica gone, workloads wait, and what brings the gate back does not (T63)", async () => {
    for (const gate of gates()) await gate.kill();
    const { status, stderr } = await cluster.apply([
      granite(namespace, evidence.good, { metadata: { name: "waits" } }),
    ]);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("failed calling webhook") });
    const pod = (where: string): Json => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "heals", namespace: where },
      spec: {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          {
            name: "one",
            image: "one",
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          },
        ],
      },
    });
    // Without controllers nobody else makes it.
    await cluster.admin(["create", "serviceaccount", "default", "-n", "kube-system"]);
    for (const where of [gateNamespace, "kube-system"])
      expect(await cluster.apply([pod(where)])).toMatchObject({ status: 0 });
    expect(await cluster.apply([policy(requirement, {}, "third")])).toMatchObject({ status: 0 });
    expect(await cluster.kubectl(["create", "namespace", "plain"])).toMatchObject({ status: 0 });
    expect(await cluster.kubectl(["delete", "validatingwebhookconfiguration", "assaygate"])).toMatchObject({
      status: 0,
    });
    await eventually("the gate is asked no more", async () => {
      const applied = await cluster.apply([granite(namespace, undefined, { metadata: { name: "free" } })]);
      return applied.status === 0;
    });
  });

  /** The policy set that each gate decided by last. */
  function latest(): Promise<(string | undefined)[]> {
    return Promise.all(gates().map(async (gate) => (await decisionsOf(gate)).at(-1)?.policySet));
  }

  async function decisions(): Promise<z.output<typeof decisionRecord>[]> {
    return (await Promise.all(gates().map(decisionsOf))).flat();
  }
});

async function decisionsOf(gate: GateProcess): Promise<z.output<typeof decisionRecord>[]> {
  return (await gate.log()).flatMap((entry) => {
    const { success, data } = decisionRecord.safeParse(entry);
    return success ? [data] : [];
  });
}

/** Fingerprints of the authorities that signed what the gates present. */
function authorities(gates: readonly GateProcess[]): Promise<string[]> {
  return Promise.all(gates.map(({ url }) => authorityAt(new URL(url))));
}

function authorityAt({ hostname, port }: URL): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      const { issuerCertificate, fingerprint256 } = socket.getPeerCertificate(true);
      resolve(issuerCertificate?.fingerprint256 ?? fingerprint256);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}
