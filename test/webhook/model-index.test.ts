import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { parseDigest } from "../../policies/digest.ts";
import { rawManifest } from "../support/artifacts.ts";
import { annotations } from "../support/builders/evaluation.ts";
import { policy } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { describeWith } from "../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { startTestGate, type TestGate } from "../support/gate.ts";
import { deploymentOf } from "../support/model-workload.ts";
import { orasPush, orasPut } from "../support/oras.ts";

jest.setTimeout(60_000);

const oci = "application/vnd.oci.image.index.v1+json";
const manifestType = "application/vnd.oci.image.manifest.v1+json";

describeWith(["docker-registry", "distribution", "oras"], "a model of several manifests under one image index", () => {
  let registry: DockerRegistry;
  let gate: TestGate;

  beforeAll(async () => {
    registry = await startDockerRegistry({ component: "distribution" });
    const asks = { model: { name: "Any", version: "Any", digest: "SameAsWorkload" }, environment: ["production"] };
    gate = await startTestGate(
      { "policy.yaml": policy(asks, { evidence: { repositories: [`${registry.host}/acme/*`] } }) },
      { registries: [{ host: registry.host, plainHttp: true }], cache: { absentTtlMs: 50 } },
    );
  });
  afterAll(async () => {
    await gate?.[Symbol.asyncDispose]();
    await registry?.stop();
  });

  const pushModel = (content: string, repository = "acme/sable"): Promise<string> =>
    orasPush(registry, {
      repository,
      artifactType: "application/vnd.cncf.model.manifest.v1+json",
      // So that one model has one digest wherever it is pushed.
      annotations: { "org.opencontainers.image.created": "2026-11-10T12:00:00Z" },
      files: { "weights.bin": { mediaType: "application/vnd.cncf.model.weight.v1.raw", content } },
    });
  const sizeOf = async (digest: string): Promise<number> => {
    const url = `${registry.url}/v2/acme/sable/manifests/${digest}`;
    return (await (await fetch(url, { headers: { accept: manifestType } })).arrayBuffer()).byteLength;
  };
  const pushIndex = async (...digests: string[]): Promise<string> => {
    const manifests = await Promise.all(
      digests.map(async (digest, at) => {
        const platform = { os: "linux", architecture: ["amd64", "arm64"][at] };
        return { mediaType: manifestType, digest, size: await sizeOf(digest), platform };
      }),
    );
    const document = { schemaVersion: 2, mediaType: oci, manifests };
    return orasPut(registry, "acme/sable", rawManifest(Buffer.from(JSON.stringify(document)), oci));
  };
  const publish = async (about: string): Promise<string> => {
    const digest = await orasPush(registry, {
      repository: "acme/evals",
      artifactType: "application/vnd.assaygate.evaluation",
      annotations: { ...annotations, "dev.assaygate.model.digest": about },
      files: { notes: { mediaType: "text/plain", content: about } },
    });
    return `${registry.host}/acme/evals@${digest}`;
  };
  const judge = async (runs: string, evidence: string, repository = "acme/sable"): Promise<string | undefined> => {
    const model = `${registry.host}/${repository}@${runs}`;
    const { allowed, status } = await gate.review(review(deploymentOf(model, evidence)));
    expect(allowed).toBe(status === undefined);
    return status?.message;
  };
  const countRequests = async (): Promise<string[]> =>
    (await gate.get("/metrics")).body
      .split("\n")
      .filter((line) => line.startsWith("assaygate_registry_requests_total"));

  it("evidence about the index is about each manifest that it lists, and warm without a request", async () => {
    const [one, two] = [await pushModel("one"), await pushModel("two")];
    const evidence = await publish(await pushIndex(one, two));
    expect(await judge(one, evidence)).toBeUndefined();
    expect(await judge(two, evidence)).toBeUndefined();
    const before = await countRequests();
    expect(await judge(one, evidence)).toBeUndefined();
    expect(await countRequests()).toEqual(before);
  });

  it("and about no other manifest, whatever lies beside it", async () => {
    const [one, two, stranger] = [await pushModel("a"), await pushModel("b"), await pushModel("c")];
    const said = await judge(stranger, await publish(await pushIndex(one, two)));
    expect(said).toContain("MODEL_DIGEST_MISMATCH");
    expect(said).toContain("what was evaluated is an image index of 2 manifests, and this is not one of them");
  });

  it("evidence about the index is about the index", async () => {
    const index = await pushIndex(await pushModel("d"), await pushModel("e"));
    expect(await judge(index, await publish(index))).toBeUndefined();
  });

  it("evidence about one manifest is not about the index, and that is said", async () => {
    const [one, two] = [await pushModel("f"), await pushModel("g")];
    const said = await judge(await pushIndex(one, two), await publish(one));
    expect(said).toContain("MODEL_DIGEST_MISMATCH");
    expect(said).toContain("that is an image index of 2 manifests, of which only sha256:");
  });

  it("an index that the registry does not hold proves nothing", async () => {
    const one = await pushModel("h");
    const nowhere = parseDigest(`sha256:${"ab".repeat(32)}`) ?? "";
    expect(await judge(one, await publish(nowhere))).toContain("MODEL_DIGEST_MISMATCH");
  });

  it("an index in a repository other than the model's proves nothing", async () => {
    const index = await pushIndex(await pushModel("i"), await pushModel("j"));
    const one = await pushModel("i", "acme/copy");
    expect(await judge(one, await publish(index), "acme/copy")).toContain("MODEL_DIGEST_MISMATCH");
  });

  it("a registry that does not answer is not a mismatch, and is denied as what it is", async () => {
    const own = await startDockerRegistry();
    const settings = {
      registries: [registry, own].map(({ host }) => ({ host, plainHttp: true })),
      cache: { fetchTimeoutMs: 2_000 },
    };
    const asks = { model: { name: "Any", version: "Any", digest: "SameAsWorkload" }, environment: ["production"] };
    const repositories = [`${registry.host}/acme/*`, `${own.host}/acme/*`];
    await using other = await startTestGate({ "policy.yaml": policy(asks, { evidence: { repositories } }) }, settings);
    await own.stop();
    const evidence = await publish(await pushIndex(await pushModel("k"), await pushModel("l")));
    const model = `${own.host}/acme/sable@${await pushModel("k")}`;
    const { allowed, auditAnnotations, status } = await other.review(review(deploymentOf(model, evidence)));
    expect({ allowed, reasons: auditAnnotations["reasons"] }).toEqual({
      allowed: false,
      reasons: "REGISTRY_UNAVAILABLE",
    });
    expect(status?.message).toContain("it could not be checked");
  });
});
