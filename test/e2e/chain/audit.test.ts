import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { CliReport } from "../../../cli/audit/report.ts";
import { createProgram, type Program, type Ran } from "../../cli/program.ts";
import type { Json } from "../../support/artifacts.ts";
import { policy } from "../../support/builders/policy.ts";
import { manifestOf } from "../../support/cluster/client.ts";
import type { Cluster } from "../../support/cluster/cluster.ts";
import { eventually } from "../../support/cluster/eventually.ts";
import type { GateProcess } from "../../support/cluster/gate-process.ts";
import { registerGate, type Registration } from "../../support/cluster/register-gate.ts";
import { describeOnCluster, startGate, startOwnCluster } from "../../support/cluster/suite.ts";
import { startDockerRegistry, type DockerRegistry } from "../../support/docker-registry.ts";
import { granite } from "../scene.ts";

const root = join(import.meta.dirname, "../../..");
const model = "ibm-granite/granite-3.1-8b-instruct";
const dayMs = 86_400_000;
/** The gate admits by the clock of its machine. It is June by that, and everything that is asked later is told the time. */
const june = new Date();
const november = new Date(june.getTime() + 150 * dayMs);
const nextAugust = new Date(june.getTime() + 420 * dayMs);

/**
 * What it said in June, and what it would say now: admitted on the real API server with evidence from a real registry; then one
 * thing at a time is no longer so. The audit names each with its own reason, and replay says what has changed since.
 */
describeOnCluster(
  "admitted in June, asked in November",
  () => {
    const namespace = "prod-chat";
    let cluster: Cluster;
    let gate: GateProcess;
    let registration: Registration;
    let registry: DockerRegistry;
    let program: Program;
    let repository: string;
    const keys: Record<string, string> = {};
    const digests: Record<string, string> = {};

    const runAt = (now: Date, ...args: readonly string[]): Promise<Ran> => program.runWith({ now: () => now }, ...args);
    const audit = async (
      now: Date,
      ...more: readonly string[]
    ): Promise<Ran & { readonly found: readonly string[] }> => {
      const given = ["--kubeconfig", cluster.kubeconfig, "--config", "client.json", "-o", "json", ...more];
      const ran = await runAt(now, "audit", ...given);
      const { findings } = JSON.parse(ran.out) as CliReport;
      const failed = findings.filter(({ result }) => result !== "pass");
      return { ...ran, found: failed.map(({ object, code }) => `${object.kind} ${object.name} ${code}`) };
    };
    const replay = (...more: readonly string[]): Promise<Ran> =>
      runAt(november, "replay", "records.jsonl", "--config", "client.json", ...more);
    const asked = ({ maxAge = "300d", min = 0.9, key = "ci", ...evidence }: Json = {}): Json => {
      const benchmarks = [{ provider: "chain", id: "sums", metric: "acc", min }];
      const signers = [{ cosign: { publicKey: keys[String(key)], transparencyLog: "NotRequired" } }];
      const requirement = { name: "sums", environment: ["production"], maxAge, benchmarks };
      return policy(requirement, { evidence: { repositories: [repository], signers, ...evidence } });
    };
    const put = async (document: Json): Promise<void> =>
      void (await cluster.admin(["apply", "-f", "-"], { stdin: manifestOf([document]) }));
    /** With this policy in force, and the old one again after it. */
    const under = async <T>(document: Json, ask: () => Promise<T>): Promise<T> => {
      await program.write("changed/policy.yaml", document);
      await put(document);
      try {
        return await ask();
      } finally {
        await put(asked());
      }
    };
    /** A service account with the cluster role of its name. */
    const kubeconfigOf = async (name: string): Promise<string> => {
      await cluster.admin(["create", "serviceaccount", name, "-n", namespace]);
      const account = `--serviceaccount=${namespace}:${name}`;
      await cluster.admin(["create", "clusterrolebinding", name, `--clusterrole=${name}`, account]);
      const token = (await cluster.admin(["create", "token", name, "-n", namespace])).trim();
      const authority = Buffer.from(cluster.ca).toString("base64");
      await program.write(`${name}.kubeconfig`, {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster: { server: cluster.url, "certificate-authority-data": authority } }],
        users: [{ name, user: { token } }],
        contexts: [{ name, context: { cluster: name, user: name } }],
        "current-context": name,
      });
      return `${name}.kubeconfig`;
    };
    const publish = async (name: string): Promise<string> => {
      const evaluate = [
        join(import.meta.dirname, "evaluate.ts"),
        join(program.folder, name),
        `job-${name}`,
        model,
        "4",
      ];
      await promisify(execFile)(process.execPath, evaluate, { timeout: 30_000 });
      const said = ["--model", model, "--model-version", "3.1.0", "--environment", "production"];
      const job = ["--job", `job-${name}`, "--provider", "chain", "--benchmark", "sums", "--sign", "ci.key"];
      const pushed = await runAt(june, "push", name, "--to", repository, "--plain-http", ...job, ...said, "-o", "json");
      const { digest } = JSON.parse(pushed.out) as { digest: string };
      digests[name] = digest;
      return `${repository}@${digest}`;
    };

    beforeAll(async () => {
      [cluster, registry, program] = await Promise.all([startOwnCluster(), startDockerRegistry(), createProgram()]);
      repository = `${registry.host}/acme/evals`;
      for (const name of ["ci", "other"]) {
        const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        keys[name] = publicKey.export({ type: "spki", format: "pem" }).toString();
        await program.write(`${name}.key`, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
      }
      const registries = [{ host: registry.host, plainHttp: true, retries: 0 }];
      await program.write("client.json", { registries });
      await cluster.admin(["apply", "-f", join(root, "deploy/crds")]);
      await cluster.admin(["wait", "--for=condition=Established", "--timeout=30s", "crd", "--all"]);
      await cluster.createNamespace(namespace, { "assaygate.dev/environment": "production" });
      await put(asked());
      gate = await startGate({
        policies: {},
        config: { registries, records: { policies: "Whole" }, cluster: { kubeconfig: cluster.kubeconfig } },
      });
      registration = await registerGate(cluster, gate, [namespace]);
    });
    afterAll(async () => {
      await gate?.stop();
      await registry?.stop();
      await cluster?.stop();
      await program?.remove();
    });

    test("June: admitted, with what its controllers make of it, and recorded", async () => {
      for (const name of ["chat", "short-lived"]) {
        const object = granite(namespace, await publish(name), { metadata: { name } });
        expect(await cluster.apply([object])).toMatchObject({ status: 0, stderr: "" });
      }
      await eventually("pods", async () => (await cluster.list("pods", namespace)).length === 4);
      // The gate answers before it writes its record.
      const judged = await eventually("two records", async () => {
        const found = (await gate.log()).filter(
          ({ schema, dryRun, basis }) =>
            schema === "assaygate.dev/decision-record/v1" && dryRun === false && basis === "judged",
        );
        return found.length > 1 && found;
      });
      expect(judged.map(({ decision }) => decision)).toEqual(["admit", "admit"]);
      await program.write("records.jsonl", judged.map((record) => JSON.stringify(record)).join("\n"));
    });

    test("November: replayed the same, and all that runs is in order", async () => {
      expect(await replay()).toMatchObject({ code: 0, out: expect.stringContaining("2 replayed: 2 the same") });
      const { code, err, found, out } = await audit(november);
      expect({ code, err, found }).toEqual({ code: 0, err: "", found: [] });
      const { findings } = JSON.parse(out) as CliReport;
      const children = findings.filter((one) => one.code === "SAME_AS_OWNER").map(({ object }) => object.kind);
      expect(children.toSorted()).toEqual(["Pod", "Pod", "Pod", "Pod", "ReplicaSet", "ReplicaSet"]);
    });

    test("what other controllers make is what they were judged by, too", async () => {
      const { spec, metadata } = granite(namespace, `${repository}@${digests["chat"]}`) as {
        spec: Json;
        metadata: Json;
      };
      const { selector, template } = spec as { selector: Json; template: Json };
      const podSpec = { ...(template["spec"] as Json), restartPolicy: "Never" };
      const jobSpec = { completionMode: "Indexed", completions: 1, template: { ...template, spec: podSpec } };
      const set = { serviceName: "x", selector, template };
      const made = (apiVersion: string, kind: string, own: Json): Json => {
        return { apiVersion, kind, metadata: { ...metadata, name: kind.toLowerCase() }, spec: own };
      };
      const objects = [made("apps/v1", "StatefulSet", set), made("batch/v1", "Job", jobSpec)];
      expect(await cluster.apply(objects)).toMatchObject({ status: 0, stderr: "" });
      await eventually("pods", async () => (await cluster.list("pods", namespace)).length === 6);
      expect(await audit(november)).toMatchObject({ code: 0, found: [] });
      await cluster.admin(["delete", "-n", namespace, "statefulset/statefulset", "job/job"]);
      await eventually("no pods", async () => (await cluster.list("pods", namespace)).length === 4);
    });

    test("its evidence has expired", async () => {
      const { code, found } = await audit(nextAugust);
      expect({ code, found }).toEqual({
        code: 1,
        found: ["Deployment chat EVIDENCE_EXPIRED", "Deployment short-lived EVIDENCE_EXPIRED"],
      });
      const { code: replayed, out } = await replay("--now", nextAugust.toISOString());
      expect(replayed).toBe(1);
      expect(out).toContain("it is judged at another time");
      expect(out).toContain("reasons was none, is EVIDENCE_EXPIRED");
    });

    test.each<[string, () => Json, string]>([
      ["evidence was revoked", () => asked({ revoked: [digests["chat"]] }), "EVIDENCE_REVOKED"],
      ["signer is trusted no more", () => asked({ key: "other" }), "SIGNER_NOT_TRUSTED"],
      ["policy was tightened", () => asked({ min: 0.99 }), "METRIC_OUT_OF_BOUNDS"],
    ])("its %s", async (_, change, reason) => {
      const proposed = change();
      await program.write("changed/policy.yaml", proposed);
      const before = await cluster.get("evaluationpolicy/production-llm");
      const asIf = await audit(november, "--policies", "changed", "--diff");
      expect(asIf.out).toContain(reason);
      expect(asIf.code).toBe(1);
      expect((await cluster.get("evaluationpolicy/production-llm"))?.spec).toEqual(before?.spec);
      await under(proposed, async () => {
        const { code, found } = await audit(november);
        expect(code).toBe(1);
        expect(found).toContain(`Deployment chat ${reason}`);
        expect(found.every((one) => one.endsWith(reason))).toBe(true);
        const { code: replayed, out } = await replay("--policies", "changed");
        expect(replayed).toBe(1);
        expect(out).toContain("the policies are not those of the time");
        expect(out).toContain(`reasons was none, is ${reason}`);
      });
      expect(await audit(november)).toMatchObject({ code: 0, found: [] });
    });

    test("would have been rejected in June by the tighter policy, as the records say", async () => {
      await program.write("changed/policy.yaml", asked({ min: 0.99 }));
      const given = ["--policies", "changed", "--since", "records.jsonl", "--config", "client.json"];
      const { code, out } = await runAt(november, "audit", ...given);
      expect(code).toBe(1);
      expect(out).toContain("Deployment prod-chat/chat: admitted, and would be denied");
      expect(out).toContain("+ production-llm/sums: METRIC_OUT_OF_BOUNDS");
    });

    test("its evidence is gone from the registry", async () => {
      const url = `${registry.url}/v2/acme/evals/manifests/${digests["short-lived"]}`;
      expect((await fetch(url, { method: "DELETE" })).status).toBe(202);
      const { code, found } = await audit(november);
      expect({ code, found }).toEqual({ code: 1, found: ["Deployment short-lived EVIDENCE_NOT_FOUND"] });
      const { code: replayed, out } = await replay();
      expect(replayed).toBe(1);
      expect(out).toMatch(/the evidence is not what it was\n.*state was found, is absent/);
    });

    test("what slipped past while nobody asked: each by its own reason, and a changed child beside its owner", async () => {
      await registration[Symbol.asyncDispose]();
      const smuggled = granite(namespace, undefined, { metadata: { name: "smuggled" }, spec: { replicas: 0 } });
      expect(await cluster.apply([smuggled])).toMatchObject({ status: 0 });
      const [pod] = await cluster.list("pods", namespace, "app=granite");
      const name = pod?.metadata.name ?? "";
      await cluster.admin(["set", "image", `pod/${name}`, "-n", namespace, "vllm=vllm/vllm-openai:v0.1.0"]);
      const { code, found, out } = await audit(november);
      expect(code).toBe(1);
      expect(found).toContain("Deployment smuggled EVIDENCE_MISSING");
      expect(found).toContain(`Pod ${name} CHILD_DIFFERS`);
      expect(out).toMatch(/created \S+, after the policy of /);
    });

    test("asked with the rights of the documents, and no others: nothing is left out", async () => {
      await cluster.admin(["apply", "-f", join(root, "docs/examples/auditor-role.yaml")]);
      const kubeconfig = await kubeconfigOf("assaygate-auditor");
      for (const more of [[], ["--namespace", namespace]]) {
        const ran = await runAt(november, "audit", "--kubeconfig", kubeconfig, "--config", "client.json", ...more);
        expect(ran).toMatchObject({ code: 1, err: "", out: expect.not.stringContaining("not looked at") });
      }
    });

    test("asked by somebody who may list pods alone: names every other resource, and the rule to add", async () => {
      const resources = "pods,evaluationpolicies.assaygate.dev,evaluationexceptions.assaygate.dev";
      await cluster.admin(["create", "clusterrole", "auditor", "--verb=list", `--resource=${resources}`]);
      const kubeconfig = await kubeconfigOf("auditor");
      const { code, out } = await runAt(november, "audit", "--kubeconfig", kubeconfig, "--config", "client.json");
      expect(code).not.toBe(0);
      expect(out).toContain("not looked at: deployments.apps: the API server forbids it (403)");
      expect(out).toContain('{apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"]}');
      expect(out).not.toContain("not looked at: pods");
    });
  },
  ["docker-registry"],
);
