import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { annotations } from "../support/builders/evaluation.ts";
import type { ClusterClient } from "../support/cluster/client.ts";
import type { GateProcess } from "../support/cluster/gate-process.ts";
import { eventually } from "../support/cluster/eventually.ts";
import { registerGate, type Registration } from "../support/cluster/register-gate.ts";
import { describeOnCluster, sharedCluster, startGate, uniqueName } from "../support/cluster/suite.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { orasPush } from "../support/oras.ts";
import { granite, policyFor } from "./scene.ts";

describeOnCluster(
  "evidence in a registry",
  () => {
    const namespace = uniqueName("prod");
    let cluster: ClusterClient;
    let registry: DockerRegistry;
    let gate: GateProcess;
    let registration: Registration;
    let reference: (digest: string) => string;
    let good: string;

    beforeAll(async () => {
      cluster = sharedCluster();
      await cluster.createNamespace(namespace);
      registry = await startDockerRegistry();
      reference = (digest) => `${registry.host}/acme/evals@${digest}`;
      good = await orasPush(registry, {
        repository: "acme/evals",
        tag: "granite",
        artifactType: "application/vnd.assaygate.evaluation",
        annotations: { ...annotations, "org.opencontainers.image.created": new Date().toISOString() },
        files: { "notes.txt": { mediaType: "text/plain", content: "evaluated" } },
      });
      const policy = policyFor(namespace, { evidence: { repositories: [`${registry.host}/acme/evals`] } });
      gate = await startGate({
        policies: { "policy.yaml": policy },
        config: { registries: [{ host: registry.host, plainHttp: true, retries: 0 }] },
      });
      registration = await registerGate(cluster, gate, [namespace]);
    });
    afterAll(async () => {
      await registration?.[Symbol.asyncDispose]();
      await gate?.stop();
      await registry?.stop();
    });

    const named = (name: string, digest: string): object[] => [
      granite(namespace, reference(digest), { metadata: { name } }),
    ];

    test("a digest that is there: admitted", async () => {
      const { status, stdout } = await cluster.apply(named("granite", good));
      expect({ status, stdout }).toEqual({ status: 0, stdout: "deployment.apps/granite created\n" });
    });

    test("a digest that is not there: rejected, not found", async () => {
      const { status, stderr } = await cluster.apply(named("absent", `sha256:${"0".repeat(64)}`));
      expect(status).toBe(1);
      expect(stderr).toMatch(/^Error from server \(Forbidden\): .* EVIDENCE_NOT_FOUND: /);
    });

    test("a digest that is pushed after the rejection: admitted soon, by nobody's doing (T72)", async () => {
      const artifact = {
        repository: "acme/drafts",
        tag: "late",
        artifactType: "application/vnd.assaygate.evaluation",
        annotations: { ...annotations, "org.opencontainers.image.created": new Date().toISOString(), late: "yes" },
        files: { "notes.txt": { mediaType: "text/plain", content: "evaluated late" } },
      };
      const digest = await orasPush(registry, artifact);
      const { stderr } = await cluster.apply(named("late", digest));
      expect(stderr).toContain("EVIDENCE_NOT_FOUND");
      expect(await orasPush(registry, { ...artifact, repository: "acme/evals" })).toBe(digest);
      await eventually("it counts", async () => (await cluster.apply(named("late", digest))).status === 0);
    });

    test("a registry that is down: rejected, could not look", async () => {
      await registry.stop();
      const { status, stderr } = await cluster.apply(named("unreachable", `sha256:${"1".repeat(64)}`));
      expect(status).toBe(1);
      expect(stderr).toMatch(/^Error from server \(ServiceUnavailable\): .* REGISTRY_UNAVAILABLE: /);
    });

    test("evidence read shortly before still counts while the registry is down", async () => {
      const { status } = await cluster.apply(named("remembered", good));
      expect(status).toBe(0);
    });
  },
  ["docker-registry", "oras"],
);
