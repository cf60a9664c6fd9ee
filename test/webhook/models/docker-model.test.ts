import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import type { Json } from "../../support/artifacts.ts";
import { annotations } from "../../support/builders/evaluation.ts";
import { anyModel, policy } from "../../support/builders/policy.ts";
import { review } from "../../support/builders/review.ts";
import { componentPath, describeWith } from "../../support/components.ts";
import { startDockerRegistry, type DockerRegistry } from "../../support/docker-registry.ts";
import { startTestGate } from "../../support/gate.ts";
import { deploymentOf } from "../../support/model-workload.ts";
import { orasPush } from "../../support/oras.ts";
import { makeTestKey } from "../../support/signatures.ts";

jest.setTimeout(120_000);

const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
}
interface ModelManifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

describeWith(
  ["docker-registry", "distribution", "docker-model", "oras", "model-signing"],
  "a model that Docker's own tool packed and pushed",
  () => {
    let registry: DockerRegistry;
    let folder: string;
    let model: string;
    let digest: string;
    let manifest: ModelManifest;
    const key = makeTestKey();

    const run = async (component: "docker-model" | "oras" | "model-signing", ...args: string[]): Promise<string> => {
      const env = { PATH: process.env["PATH"], HOME: folder };
      return (await promisify(execFile)(componentPath(component), args, { cwd: folder, env, timeout: 60_000 })).stdout;
    };

    beforeAll(async () => {
      registry = await startDockerRegistry({ component: "distribution" });
      folder = await mkdtemp(join(tmpdir(), "assaygate-docker-model-"));
      await mkdir(join(folder, "model"));
      await writeFile(join(folder, "model", "sable.gguf"), makeGguf("llama"));
      await writeFile(join(folder, "model", "LICENSE"), "free");
      model = `${registry.host}/acme/sable`;
      const files = ["--licenses", "model/LICENSE", "model/sable.gguf"];
      await run("docker-model", "package", "--tag", `${model}:v1`, ...files);
      const accept = "application/vnd.oci.image.manifest.v1+json";
      const answer = await fetch(`${registry.url}/v2/acme/sable/manifests/v1`, { headers: { accept } });
      digest = answer.headers.get("docker-content-digest") ?? "";
      manifest = (await answer.json()) as ModelManifest;
    });
    afterAll(async () => {
      await registry?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const publish = async (about: string): Promise<string> => {
      const pushed = await orasPush(registry, {
        repository: "acme/evals",
        artifactType: "application/vnd.assaygate.evaluation",
        annotations: { ...annotations, "dev.assaygate.model.digest": about },
        files: { notes: { mediaType: "text/plain", content: about } },
      });
      return `${registry.host}/acme/evals@${pushed}`;
    };
    /** What is said of a workload with this model, where a policy asks this of models. */
    const judge = async (asks: Json, runs: string, evidence: string): Promise<string | undefined> => {
      const requires = { model: { ...anyModel, ...asks }, environment: ["production"] };
      await using gate = await startTestGate(
        { "policy.yaml": policy(requires, { evidence: { repositories: [`${registry.host}/acme/*`] } }) },
        { registries: [{ host: registry.host, plainHttp: true }], cache: { absentTtlMs: 50 } },
      );
      const { allowed, status } = await gate.review(review(deploymentOf(`${model}@${runs}`, evidence)));
      expect(allowed).toBe(status === undefined);
      return status?.message;
    };
    const sameDigest = { digest: "SameAsWorkload" };

    it("is of the kind that the documents name", () => {
      expect(manifest.config.mediaType).toBe("application/vnd.docker.ai.model.config.v0.1+json");
      expect(manifest.layers[0]?.mediaType).toBe("application/vnd.docker.ai.gguf.v3");
    });

    it("has the digest of its manifest for what Docker pulls and calls it by", async () => {
      await run("docker-model", "pull", `${model}@${digest}`);
      expect(await run("docker-model", "list")).toContain(`ID: ${digest}\n`);
    });

    it("is admitted with evidence about that digest, and with none about its config or a file in it", async () => {
      expect(await judge(sameDigest, digest, await publish(digest))).toBeUndefined();
      for (const part of [manifest.config, ...manifest.layers])
        expect(await judge(sameDigest, digest, await publish(part.digest))).toContain("MODEL_DIGEST_MISMATCH");
    });

    it("is signed by whoever signed its files, which are layers as they are", async () => {
      const signedBy = [{ cosign: { publicKey: key.pem, transparencyLog: "NotRequired" } }];
      const evidence = await publish(digest);
      expect(await judge({ signedBy }, digest, evidence)).toContain("MODEL_NOT_SIGNED");
      await writeFile(join(folder, "key.pem"), key.privateKey.export({ type: "sec1", format: "pem" }));
      const signing = ["-m", "model_signing", "sign", "key", "model", "--private_key", "key.pem"];
      await run("model-signing", ...signing, "--signature", "model.sig");
      const attach = ["attach", "--plain-http", "--artifact-type", bundleType, `${model}@${digest}`];
      await run("oras", ...attach, `model.sig:${bundleType}`);
      expect(await judge({ signedBy }, digest, evidence)).toBeUndefined();
    });
  },
);

/** A model without a weight, of which the file says the architecture. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
function makeGguf(architecture: string): Buffer {
  const number = (value: number, bytes: 4 | 8): Buffer => {
    const buffer = Buffer.alloc(bytes);
    buffer.writeUInt32LE(value);
    return buffer;
  };
  const text = (value: string): Buffer => Buffer.concat([number(value.length, 8), Buffer.from(value)]);
  const [version, tensors, entries, stringType] = [number(3, 4), number(0, 8), number(1, 8), number(8, 4)];
  const entry = [text("general.architecture"), stringType, text(architecture)];
  return Buffer.concat([Buffer.from("GGUF"), version, tensors, entries, ...entry, Buffer.alloc(64)]);
}
