import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Json, merge } from "../support/builders/json.ts";
import type { ClusterClient, KubernetesObject } from "../support/cluster/client.ts";
import { eventually } from "../support/cluster/eventually.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { registerGate, type Registration } from "../support/cluster/register-gate.ts";
import { describeOnCluster, sharedCluster, uniqueName } from "../support/cluster/suite.ts";
import { evidence, granite, makeEditor, policyFor, startGateWithEvidence } from "./scene.ts";

const unproved = ["--model", "acme/never-evaluated"];
const proved = ["--model", "ibm-granite/granite-3.1-8b-instruct", "--max-model-len", "8192"];
const onTemplate = { "assaygate.dev/evaluation": evidence.good, "assaygate.dev/model-version": "3.1.0" };

describeOnCluster(
  "ways round the gate",
  () => {
    const namespace = uniqueName("prod");
    const jane = { as: "jane@example.com" };
    let cluster: ClusterClient;
    let gate: GateProcess;
    let registration: Registration;

    beforeAll(async () => {
      cluster = sharedCluster();
      await cluster.createNamespace(namespace);
      await makeEditor(cluster, jane.as, namespace);
      // From before the gate: one that was never evaluated, and one that once ran another model.
      await create(named("older", undefined, { args: unproved }));
      await create(named("undone", undefined, { args: unproved }));
      await eventually("its first ReplicaSet", async () => (await replicaSets("undone")).length === 1);
      await cluster.admin(["apply", "-f", "-"], {
        stdin: JSON.stringify(named("undone", evidence.good, { args: proved })),
      });
      await eventually("its second ReplicaSet", async () => (await replicaSets("undone")).length === 2);
      gate = await startGateWithEvidence({ "policy.yaml": policyFor(namespace) });
      registration = await registerGate(cluster, gate, [namespace]);
      await create(named("granite", evidence.good));
      await create(named("carrying", undefined, {}, { metadata: { annotations: onTemplate } }));
    });
    afterAll(async () => {
      await registration?.[Symbol.asyncDispose]();
      await gate?.stop();
    });

    const create = (object: Json): Promise<string> =>
      cluster.admin(["create", "--save-config", "-f", "-"], { stdin: JSON.stringify(object) });
    const replicaSets = (name: string): Promise<readonly KubernetesObject[]> =>
      cluster.list("replicasets", namespace, `app=${name}`);
    const podsOf = async (name: string): Promise<readonly KubernetesObject[]> =>
      (await cluster.list("pods", namespace, `app=${name}`)).filter(
        ({ metadata }) => !("deletionTimestamp" in metadata),
      );

    /** The scene's Deployment by another name, with its container and its template changed. */
    function named(name: string, reference: string | undefined, container: Json = {}, template: Json = {}): Json {
      const base = granite(namespace, reference, { metadata: { name } });
      const { spec } = base as { spec: { template: { spec: { containers: [Json] } } } };
      const labels = { app: name };
      const own = merge(spec.template, { metadata: { labels } }) as Json;
      const containers = [{ ...spec.template.spec.containers[0], ...container }];
      return {
        ...base,
        spec: {
          ...spec,
          replicas: 1,
          selector: { matchLabels: labels },
          template: merge(merge(own, { spec: { containers } }), template),
        },
      };
    }

    const patch = (type: string, body: unknown, name = "deployment/granite") =>
      cluster.kubectl(["patch", name, "-n", namespace, `--type=${type}`, "-p", JSON.stringify(body)], jane);
    const argsPatch = [{ op: "replace", path: "/spec/template/spec/containers/0/args", value: unproved }];

    describe("changing what was admitted (T41)", () => {
      test("a JSON patch of the arguments: rejected", async () => {
        const { status, stderr } = await patch("json", argsPatch);
        expect(status).toBe(1);
        expect(stderr).toContain("MODEL_NAME_MISMATCH");
      });

      test("a JSON patch that takes the annotation away: rejected, whatever the old object had (T47)", async () => {
        const { status, stderr } = await patch("json", [
          { op: "remove", path: "/metadata/annotations/assaygate.dev~1evaluation" },
        ]);
        expect(status).toBe(1);
        expect(stderr).toContain("EVIDENCE_MISSING");
      });

      test("a merge patch of the arguments: rejected", async () => {
        const containers = [{ name: "vllm", image: "vllm/vllm-openai:v0.11.0", args: unproved }];
        const { status, stderr } = await patch("merge", { spec: { template: { spec: { containers } } } });
        expect(status).toBe(1);
        expect(stderr).toContain("MODEL_NAME_MISMATCH");
      });

      test("a strategic patch that adds a sidecar with another model: rejected", async () => {
        const containers = [
          { name: "second", image: "vllm/vllm-openai:v0.11.0", command: ["vllm", "serve", "acme/never-evaluated"] },
        ];
        const { status, stderr } = await patch("strategic", { spec: { template: { spec: { containers } } } });
        expect(status).toBe(1);
        expect(stderr).toContain("MODEL_NAME_MISMATCH");
      });

      test("server-side apply of other arguments: rejected", async () => {
        const stdin = JSON.stringify(named("granite", evidence.good, { args: unproved }));
        const args = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
        const { status, stderr } = await cluster.kubectl(args, { ...jane, stdin });
        expect(status).toBe(1);
        expect(stderr).toContain("MODEL_NAME_MISMATCH");
      });

      test("server-side apply of what is there: admitted", async () => {
        const stdin = JSON.stringify(named("granite", evidence.good));
        const args = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
        const { status, stdout } = await cluster.kubectl(args, { ...jane, stdin });
        expect({ status, stdout }).toEqual({ status: 0, stdout: "deployment.apps/granite serverside-applied\n" });
      });

      test("replacing it by one without evidence: rejected", async () => {
        const stdin = JSON.stringify(named("granite", undefined));
        const { status, stderr } = await cluster.kubectl(["replace", "-f", "-"], { ...jane, stdin });
        expect(status).toBe(1);
        expect(stderr).toContain("EVIDENCE_MISSING");
      });

      test("another digest: rejected", async () => {
        const reference = `assaygate.dev/evaluation=quay.io/acme/evals@sha256:${"0".repeat(64)}`;
        const args = ["annotate", "--overwrite", "deployment/granite", "-n", namespace, reference];
        const { status, stderr } = await cluster.kubectl(args, jane);
        expect(status).toBe(1);
        expect(stderr).toContain("EVIDENCE_NOT_FOUND");
      });

      test("other evidence on the template than on the object: rejected (T46)", async () => {
        const annotations = { "assaygate.dev/evaluation": evidence.ofStaging };
        const { status, stderr } = await patch("merge", { spec: { template: { metadata: { annotations } } } });
        expect(status).toBe(1);
        expect(stderr).toContain("EVIDENCE_MALFORMED");
      });

      test("a variable that lets the server load something else: rejected", async () => {
        const args = ["set", "env", "deployment/granite", "-n", namespace, "VLLM_MODEL_REDIRECT_PATH=/tmp/redirect"];
        const { status, stderr } = await cluster.kubectl(args, jane);
        expect(status).toBe(1);
        expect(stderr).toContain("MODEL_UNKNOWN");
      });

      test("another image: judged anew, and admitted with the same model", async () => {
        const args = ["set", "image", "deployment/granite", "-n", namespace, "vllm=vllm/vllm-openai:v0.11.1"];
        const { status, stdout } = await cluster.kubectl(args, jane);
        expect({ status, stdout }).toEqual({ status: 0, stdout: "deployment.apps/granite image updated\n" });
      });

      test("going back to what was never evaluated: rejected", async () => {
        const { status, stderr } = await cluster.kubectl(
          ["rollout", "undo", "deployment/undone", "-n", namespace],
          jane,
        );
        expect(status).toBe(1);
        // kubectl brings the annotations of that time back, too.
        expect(stderr).toContain("EVIDENCE_MISSING");
      });

      test("restarting it: admitted, and new Pods come up", async () => {
        const before = (await eventually("its Pod", async () => (await podsOf("carrying"))[0])).metadata.uid;
        const args = ["rollout", "restart", "deployment/carrying", "-n", namespace];
        const { status, stdout } = await cluster.kubectl(args, jane);
        expect({ status, stdout }).toEqual({ status: 0, stdout: "deployment.apps/carrying restarted\n" });
        await eventually("a new Pod", async () =>
          (await podsOf("carrying")).some(({ metadata }) => metadata.uid !== before),
        );
      });
    });

    test("labels and annotations that exempt from other gates: rejected (T49)", async () => {
      const marks = {
        "assaygate.dev/exclude": "true",
        "admission.gatekeeper.sh/ignore": "no-self-managing",
        "policy.sigstore.dev/include": "false",
        "control-plane": "controller-manager",
        "app.kubernetes.io/name": "assaygate",
      };
      const metadata = { name: "marked", labels: marks, annotations: marks };
      const { status, stderr } = await cluster.apply([granite(namespace, undefined, { metadata })], jane);
      expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining("EVIDENCE_MISSING") });
    });

    describe("a container that kubectl debug adds (T40)", () => {
      const podOf = async (name: string): Promise<string> =>
        (await eventually(`a Pod of ${name}`, async () => (await podsOf(name))[0])).metadata.name;

      test("to a Pod that was never evaluated: for a look admitted, with a model server rejected", async () => {
        const pod = `pod/${await podOf("older")}`;
        const debug = (...command: string[]) =>
          cluster.kubectl(["debug", "--profile=general", pod, "-n", namespace, "--image=busybox", "--", ...command]);
        expect(await debug("sleep", "60")).toMatchObject({ status: 0 });
        const { status, stderr } = await debug("vllm", "serve", "acme/other");
        expect(status).toBe(1);
        expect(stderr).toContain("EVIDENCE_MISSING");
      });

      test("to one that carries its evidence, for a look: admitted", async () => {
        const args = [
          "debug",
          "--profile=general",
          `pod/${await podOf("carrying")}`,
          "-n",
          namespace,
          "--image=busybox",
          "--",
          "sleep",
          "60",
        ];
        const { status, stderr } = await cluster.kubectl(args);
        expect({ status, stderr }).toMatchObject({ status: 0 });
      });

      test("to the same, with a model: rejected", async () => {
        const args = [
          "debug",
          `pod/${await podOf("carrying")}`,
          "-n",
          namespace,
          "--image=vllm/vllm-openai",
          "--",
          "vllm",
          "serve",
          "acme/never-evaluated",
        ];
        const { status, stderr } = await cluster.kubectl(args);
        expect(status).toBe(1);
        expect(stderr).toContain("MODEL_NAME_MISMATCH");
      });
    });

    describe("an object from before the gate", () => {
      test("can be restarted, and new Pods come up", async () => {
        const before = (await eventually("its Pod", async () => (await podsOf("older"))[0])).metadata.uid;
        const { status } = await cluster.kubectl(["rollout", "restart", "deployment/older", "-n", namespace], jane);
        expect(status).toBe(0);
        await eventually("a new Pod", async () =>
          (await podsOf("older")).some(({ metadata }) => metadata.uid !== before),
        );
      });

      test("can be given evidence, and the controller follows", async () => {
        const args = ["annotate", "deployment/undone", "-n", namespace, "team=chat"];
        expect((await cluster.kubectl(args, jane)).status).toBe(0);
        const same = await cluster.kubectl(
          [
            "annotate",
            "--overwrite",
            "deployment/undone",
            "-n",
            namespace,
            `assaygate.dev/evaluation=${evidence.good},${evidence.ofStaging}`,
          ],
          jane,
        );
        expect(same.status).toBe(0);
        await eventually("the controller hands the annotation on", async () =>
          (await replicaSets("undone")).some(({ metadata }) =>
            metadata.annotations?.["assaygate.dev/evaluation"]?.includes(evidence.ofStaging),
          ),
        );
      });

      test("that is being deleted cannot be given another model, and can be let go (T43)", async () => {
        const name = "deployment/older";
        expect((await patch("merge", { metadata: { finalizers: ["tests.assaygate.dev/hold"] } }, name)).status).toBe(0);
        const deletion = await cluster.kubectl(["delete", name, "-n", namespace, "--wait=false"], jane);
        expect(deletion.status).toBe(0);
        const args = ["set", "image", name, "-n", namespace, "vllm=acme/evil:1"];
        const { status, stderr } = await cluster.kubectl(args, jane);
        expect(status).toBe(1);
        expect(stderr).toContain("EVIDENCE_MISSING");
        expect((await patch("merge", { metadata: { finalizers: null } }, name)).status).toBe(0);
        await eventually("it is gone", async () => (await cluster.get(name, namespace)) === undefined);
      });
    });

    describe("an object that is nearly as large as the API server takes (T53)", () => {
      const hostnames = Array.from({ length: 25 }, (_, at) => `host-${at}.${"x".repeat(40)}.example`);
      const hostAliases = Array.from({ length: 800 }, (_, at) => ({ ip: `10.0.${at >> 8}.${at & 255}`, hostnames }));
      /** What nothing reads. */
      const bulk = { spec: { hostAliases } };

      test("with evidence: admitted, and its update too", async () => {
        const made = await cluster.kubectl(["create", "-f", "-"], {
          ...jane,
          stdin: JSON.stringify(named("large", evidence.good, {}, bulk)),
        });
        expect(made).toMatchObject({ status: 0, stderr: "" });
        const args = [
          "annotate",
          "deployment/large",
          "-n",
          namespace,
          "assaygate.dev/model-version=3.1.0",
          "--overwrite",
        ];
        expect((await cluster.kubectl(args, jane)).status).toBe(0);
      });

      test("without: rejected", async () => {
        const { status, stderr } = await cluster.kubectl(["create", "-f", "-"], {
          ...jane,
          stdin: JSON.stringify(named("larger", undefined, {}, bulk)),
        });
        expect(status).toBe(1);
        expect(stderr).toContain("EVIDENCE_MISSING");
      });

      test("with a variable of that size: too large to read", async () => {
        const env = [{ name: "LARGE", value: "x".repeat(1_200_000) }];
        const { status, stderr } = await cluster.kubectl(["create", "-f", "-"], {
          ...jane,
          stdin: JSON.stringify(named("largest", evidence.good, { env })),
        });
        expect(status).toBe(1);
        expect(stderr).toContain("WORKLOAD_TOO_LARGE: more than 524288 characters");
      });
    });
  },
  ["kube-controller-manager"],
);
