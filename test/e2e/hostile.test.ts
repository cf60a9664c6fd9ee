import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Json } from "../support/builders/json.ts";
import { policy } from "../support/builders/policy.ts";
import { manifestOf } from "../support/cluster/client.ts";
import type { Cluster } from "../support/cluster/cluster.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { describeOnCluster, startOwnCluster } from "../support/cluster/suite.ts";
import { startLoad, type Answer } from "./load.ts";
import { installReplicas, untilAsked, type Replicas } from "./replicas.ts";
import { evidence, granite, makeEditor } from "./scene.ts";

const namespace = "prod-chat";
/** No policy is about it: what is created there is read all the less. */
const elsewhere = "scratch";
const mallory = "mallory@example.com";
/** The suite takes a short look; a minute is what to run before a release. */
const seconds = Number(process.env["ASSAYGATE_HOSTILE_SECONDS"] ?? "10");

const container = (change: Json): Json => ({ name: "c", image: "vllm/vllm-openai:v0.11.0", ...change });
const script = (text: string): Json => container({ command: ["bash", "-c", text] });
const many = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

const doubling = [
  { name: "A0", value: "xxxxxxxxxxxx" },
  ...many(25, (at) => ({ name: `A${at + 1}`, value: `$(A${at})$(A${at})` })),
];
const mounts = many(10_000, (at) => ({ name: "v", mountPath: `/m/${at}` }));

/** Pods that the API server itself takes. The heap is bounded as in the chart; memory beside it is not, where no control group is. */
const podSpecs: readonly Json[] = [
  { containers: [container({ env: doubling, args: ["$(A25)", "$(A25)", "$(A25)"] })] },
  {
    containers: [{ ...script("vllm serve /x\n".repeat(4_600)), volumeMounts: mounts }],
    volumes: [{ name: "v", emptyDir: {} }],
  },
  { containers: many(10_000, (at) => container({ name: `c${at}`, args: [`--model=m${at}`] })) },
  { containers: [script(`A0=x\n${many(40, (at) => `A${at + 1}=$A${at}$A${at}`).join("\n")}\n$A40`)] },
  { containers: [script(many(2_000, (at) => `export A${at}=1; a`).join("\n"))] },
  { containers: [script("(".repeat(90_000))] },
  { containers: [script('eval "'.repeat(2_000))] },
  { containers: [container({ args: many(20_000, (at) => `--tensor-par=${at}`) })] },
  {
    containers: [
      container({ args: ["--model", "a/b", "--lora-modules", `[${'{"name":"a","path":"b"},'.repeat(20_000)}{}]`] }),
    ],
  },
  { containers: [container({ env: many(15_000, (at) => ({ name: `V${at}`, value: `$(V${at - 1})x` })) })] },
  { containers: [container({ args: ["--model", `/${"../x/".repeat(60_000)}`] })] },
];

function hostile(where: string): Json[] {
  return podSpecs.map((spec, at) => {
    const base = granite(where, evidence.good, { metadata: { name: `hostile-${at}` } });
    const { spec: outer } = base as { spec: { template: Json } };
    return { ...base, spec: { ...outer, template: { ...outer.template, spec } } };
  });
}

const withoutAnswer = ({ status, body }: Answer): boolean =>
  status >= 500 || /failed calling webhook|context deadline|INTERNAL_ERROR|internal error/.test(body);

describeOnCluster(
  "two replicas under the chart's heap, and a tenant who sends objects that are hard to read (T53)",
  () => {
    let cluster: Cluster;
    let replicas: Replicas;
    let gates: readonly GateProcess[] = [];
    let hasEnded = false;

    beforeAll(async () => {
      cluster = await startOwnCluster({ controllers: false });
      await cluster.createNamespace(namespace, { "assaygate.dev/environment": "production" });
      await cluster.createNamespace(elsewhere);
      for (const one of [namespace, elsewhere]) await makeEditor(cluster, mallory, one);
      replicas = await installReplicas(cluster);
      const match = { namespaces: [namespace] };
      const document = policy({ environment: ["SameAsWorkload"], hardwareClass: ["SameAsWorkload"] }, { match });
      await cluster.admin(["apply", "-f", "-"], { stdin: manifestOf([document]) });
      gates = await Promise.all([replicas.start(), replicas.start()]);
      for (const { program } of gates) void program.ended.then(() => (hasEnded = true));
      replicas.route(...gates);
      await untilAsked(cluster, granite(namespace, undefined));
    });
    afterAll(async () => {
      await replicas?.[Symbol.asyncDispose]();
      await cluster?.stop();
    });

    test(
      "no replica ends, and nobody else's review is lost",
      async () => {
        const good = granite(namespace, evidence.good, { metadata: { name: "with-evidence" } });
        const attacks = await Promise.all([
          startLoad(cluster, namespace, hostile(namespace), 2, { as: mallory }),
          startLoad(cluster, elsewhere, hostile(elsewhere), 1, { as: mallory }),
          startLoad(cluster, namespace, hostile(namespace), 1, { as: mallory, isDryRun: false }),
        ]);
        const harmless = await startLoad(cluster, namespace, [good], 1, { perSecond: 10 });
        await setTimeout(seconds * 1_000);
        await Promise.all([harmless, ...attacks].map((load) => load.over()));

        expect(hasEnded).toBe(false);
        expect(harmless.answers.length).toBeGreaterThan(seconds);
        expect(harmless.answers.filter(({ status }) => status !== 201)).toEqual([]);
        const answers = attacks.flatMap((load) => load.answers);
        expect(answers.length).toBeGreaterThan(podSpecs.length);
        expect(answers.filter(withoutAnswer).map(({ status, body }) => `${status} ${body.slice(0, 300)}`)).toEqual([]);
        // What no policy is about is admitted; the rest is too large, or a model that is not known.
        expect(answers.some(({ body }) => body.includes("WORKLOAD_TOO_LARGE"))).toBe(true);
      },
      (seconds + 60) * 1_000,
    );
  },
);
