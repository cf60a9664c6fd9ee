import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { annotations } from "../support/builders/evaluation.ts";
import { policy } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import { componentPath, describeWith } from "../support/components.ts";
import { createCosign, type Cosign } from "../support/cosign.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { startTestGate, type TestGate } from "../support/gate.ts";
import { deploymentOf } from "../support/model-workload.ts";
import { orasPush } from "../support/oras.ts";
import { makeTestKey, type TestKey } from "../support/signatures.ts";

jest.setTimeout(120_000);

type Files = Readonly<Record<string, string>>;
const files: Files = { "config.json": "{}", "weights.safetensors": "w1", "tokenizer/vocab.json": "[]" };
const bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json";
const [ours, theirs] = [makeTestKey(), makeTestKey("P-384")];

describeWith(
  ["docker-registry", "oras", "cosign", "model-signing"],
  "models that model_signing signed and oras pushed, from a review to a verdict",
  () => {
    let registry: DockerRegistry;
    let cosign: Cosign;
    let gate: TestGate;
    let folder: string;
    let evidence: string;

    beforeAll(async () => {
      registry = await startDockerRegistry();
      cosign = await createCosign();
      await cosign.makeKey("cosign");
      folder = await mkdtemp(join(tmpdir(), "assaygate-signed-model-"));
      const signedBy = [{ cosign: { publicKey: ours.pem, transparencyLog: "NotRequired" } }];
      const asks = { model: { name: "Any", version: "Any", signedBy }, environment: ["production"] };
      gate = await startTestGate(
        { "policy.yaml": policy(asks, { evidence: { repositories: [`${registry.host}/acme/*`] } }) },
        { registries: [{ host: registry.host, plainHttp: true }], cache: { absentTtlMs: 50 } },
      );
      const file = { mediaType: "text/plain", content: "notes" };
      const artifactType = "application/vnd.assaygate.evaluation";
      const pushed = await orasPush(registry, {
        repository: "acme/evals",
        artifactType,
        annotations,
        files: { n: file },
      });
      evidence = `${registry.host}/acme/evals@${pushed}`;
    });
    afterAll(async () => {
      await gate?.[Symbol.asyncDispose]();
      await cosign?.[Symbol.asyncDispose]();
      await registry?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const writeAll = async (at: string, content: Files): Promise<string> => {
      for (const [name, text] of Object.entries(content)) {
        await mkdir(dirname(join(at, name)), { recursive: true });
        await writeFile(join(at, name), text);
      }
      return at;
    };
    let models = 0;
    /** As `oras push` does it from inside the folder: each file one layer, named by its path. */
    const push = async (content: Files, mediaType = ":application/octet-stream"): Promise<string> => {
      const cwd = await writeAll(join(folder, `pushed-${++models}`), content);
      const to = `${registry.host}/acme/sable`;
      const type = ["--plain-http", "--artifact-type", "application/vnd.example.model"];
      const named = Object.keys(content).map((name) => `${name}${mediaType}`);
      // So that no two models are one, whatever files they have.
      const args = ["push", ...type, "--annotation", `run=${models}`, to, ...named];
      const { stdout } = await promisify(execFile)(componentPath("oras"), args, { cwd });
      return `${to}@${/sha256:[0-9a-f]{64}/.exec(stdout)?.[0] ?? ""}`;
    };
    const attach = async (model: string, bundle: string): Promise<void> => {
      const args = ["attach", "--plain-http", "--artifact-type", bundleType, model, `model.sig:${bundleType}`];
      await promisify(execFile)(componentPath("oras"), args, { cwd: bundle });
    };
    /** Signs a folder with these files, and returns the folder with the bundle. */
    const sign = async (content: Files, key: TestKey = ours, ...more: string[]): Promise<string> => {
      const at = join(folder, `signed-${++models}`);
      await writeAll(join(at, "model"), content);
      await writeFile(join(at, "key.pem"), key.privateKey.export({ type: "sec1", format: "pem" }));
      const args = [
        "-m",
        "model_signing",
        "sign",
        "key",
        "model",
        "--private_key",
        "key.pem",
        "--signature",
        "model.sig",
      ];
      await promisify(execFile)(componentPath("model-signing"), [...args, ...more], { cwd: at });
      return at;
    };
    const judge = async (model: string): Promise<string | undefined> => {
      const { allowed, status } = await gate.review(review(deploymentOf(model, evidence)));
      expect(allowed).toBe(status === undefined);
      return status?.message;
    };
    const publish = async (pushed: Files, bundle: Promise<string>, mediaType?: string): Promise<string> => {
      const model = await push(pushed, mediaType);
      await attach(model, await bundle);
      return model;
    };
    const { "config.json": _, ...fewer } = files;

    it("the files that were signed: admitted, and warm without a request", async () => {
      const model = await publish(files, sign(files));
      expect(await judge(model)).toBeUndefined();
      const requests = async (): Promise<string[]> =>
        (await gate.get("/metrics")).body
          .split("\n")
          .filter((line) => line.startsWith("assaygate_registry_requests_total"));
      const before = await requests();
      expect(await judge(model)).toBeUndefined();
      expect(await requests()).toEqual(before);
    });

    it("by a key that is not mounted: the policy is not loaded, and it is said", async () => {
      const signedBy = [{ cosign: { keyRef: "nobody.pub", transparencyLog: "NotRequired" } }];
      const asks = { model: { signedBy }, environment: ["production"] };
      const keysDirectory = await mkdtemp(join(folder, "keys-"));
      await using own = await startTestGate({ "policy.yaml": policy(asks) }, { signatures: { keysDirectory } });
      expect((await own.get("/readyz")).body).toContain("keyRef nobody.pub is not in the folder");
    });

    it("with signatures by others beside it: admitted", async () => {
      const model = await publish(files, sign(files, theirs));
      await cosign.sign(model, "cosign", "bundle");
      await attach(model, await sign(files));
      expect(await judge(model)).toBeUndefined();
    });

    describe("denied, and said why", () => {
      it.each<[string, string, () => Promise<string>]>([
        ["unsigned", "no signature is attached", () => push(files)],
        ["a stranger's signature", "signed with another key", () => publish(files, sign(files, theirs))],
        [
          "a layer more",
          "extra.json is not among the files",
          () => publish({ ...files, "extra.json": "1" }, sign(files)),
        ],
        ["a layer fewer", "config.json is signed, and not in the model", () => publish(fewer, sign(files))],
        ["another file", "config.json is another file", () => publish({ ...files, "config.json": "[]" }, sign(files))],
        ["another name", "config.yaml is not among", () => publish({ ...fewer, "config.yaml": "{}" }, sign(files))],
        [
          "a file that the signer ignored",
          "tokenizer/vocab.json lies on a path of which nothing is signed",
          () => publish(files, sign(files, ours, "--ignore-paths", "model/tokenizer")),
        ],
        [
          "a file that the tool ignores by itself",
          ".gitattributes lies on a path of which nothing is signed",
          () => publish({ ...files, ".gitattributes": "*" }, sign({ ...files, ".gitattributes": "*" })),
        ],
        ["layers that oras typed as archives", "is an archive by its type", () => publish(files, sign(files), "")],
        [
          "a signature of cosign's in its place",
          "signed with another key",
          async () => {
            const model = await push(files);
            await cosign.sign(model, "cosign", "bundle");
            return model;
          },
        ],
      ])("%s: %s", async (_name, words, make) => {
        const said = await judge(await make());
        expect(said).toContain("MODEL_NOT_SIGNED");
        expect(said).toContain(words);
      });

      it("a model by tag: nobody knows which build that is", async () => {
        const model = `${registry.host}/acme/sable:latest`;
        const { auditAnnotations } = await gate.review(review(deploymentOf(model, evidence)));
        expect(auditAnnotations["reasons"]).toBe("MODEL_UNKNOWN");
      });
    });
  },
);
