import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { parseDigest, type Digest } from "../../policies/digest.ts";
import { policy } from "../support/builders/policy.ts";
import { review } from "../support/builders/review.ts";
import type { BuiltArtifact, Json } from "../support/artifacts.ts";
import { componentPath, describeWith } from "../support/components.ts";
import { createCosign, type Cosign } from "../support/cosign.ts";
import { startDockerRegistry, type DockerRegistry } from "../support/docker-registry.ts";
import { claim, evalResultPredicate, evalResultTypes, quillworks } from "../support/eval-results.ts";
import { startTestGate, type TestGate } from "../support/gate.ts";
import { deploymentOf } from "../support/model-workload.ts";
import { orasPush, orasPut } from "../support/oras.ts";
import { attached, envelopeType, seededKey } from "../support/signatures.ts";

jest.setTimeout(120_000);

const program = join(import.meta.dirname, "..", "support", "eval-result.py");
const [author, stranger] = [7, 8];
const metric = { id: "larch-qa", metric: "exact_match" };
const any = { name: "Any", version: "Any" };
const accepted = undefined;
/** It failed, and so proves no bound either. */
const failed = "BENCHMARK_FAILED,METRIC_OUT_OF_BOUNDS";

describeWith(
  ["docker-registry", "oras", "cosign", "proofbundle"],
  "evaluation results as in-toto statements, made and signed by the tools that exist",
  () => {
    let registry: DockerRegistry;
    let cosign: Cosign;
    let model: Digest;
    let otherModel: Digest;
    let signers: Json[];

    beforeAll(async () => {
      registry = await startDockerRegistry();
      cosign = await createCosign();
      const unlogged = { transparencyLog: "NotRequired", verifiers: [quillworks] };
      const keys = [seededKey(author).pem, await cosign.makeKey("ours")];
      signers = keys.map((publicKey) => ({ cosign: { publicKey, ...unlogged } }));
      await cosign.makeKey("theirs");
      model = await pushModel("sable-7b");
      otherModel = await pushModel("sable-13b");
    });
    afterAll(async () => {
      for (const gate of gates.values()) await (await gate)[Symbol.asyncDispose]();
      await cosign?.[Symbol.asyncDispose]();
      await registry?.stop();
    });

    const pushModel = async (name: string): Promise<Digest> => {
      const files = { "weights.bin": { mediaType: "application/octet-stream", content: name } };
      const pushed = await orasPush(registry, {
        repository: "acme/sable",
        artifactType: "application/vnd.example.model",
        files,
      });
      const digest = parseDigest(pushed);
      if (digest === undefined) throw new Error(pushed);
      return digest;
    };
    const hex = (digest: Digest): string => digest.replace("sha256:", "");
    const daysAgo = (days: number): string =>
      new Date(Date.now() - days * 86_400_000).toISOString().replace(/\.\d+/, "");

    /** What proofbundle writes about the model, in everything but what is given. */
    const proofbundle = async (options: Json = {}, seed = author): Promise<Json> => {
      const key = seed.toString(16).padStart(2, "0").repeat(32);
      const all = { subject: hex(model), timestamp: daysAgo(2), ...options };
      const { stdout } = await promisify(execFile)(componentPath("proofbundle"), [program, key, JSON.stringify(all)]);
      return JSON.parse(stdout) as Json;
    };
    const wrapped = (envelope: Json): Json => ({
      mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      verificationMaterial: { publicKey: { hint: "author" }, tlogEntries: [] },
      dsseEnvelope: envelope,
    });
    const put = async (artifact: BuiltArtifact): Promise<string> =>
      `${registry.host}/acme/sable@${await orasPut(registry, "acme/sable", artifact)}`;
    const putAlone = (envelope: Json): Promise<string> => put(attached(envelope, model, {}, envelopeType));
    const putBundle = (envelope: Json): Promise<string> => put(attached(wrapped(envelope), model));

    /** What `cosign attest` attaches to the model. */
    const attest = async (type: string, predicate: Json, key = "ours", to = model): Promise<string> => {
      const before = await listReferrers(to);
      await cosign.attest(`${registry.host}/acme/sable@${to}`, key, { type, predicate });
      const added = (await listReferrers(to)).find((one) => !before.includes(one));
      return `${registry.host}/acme/sable@${added}`;
    };
    const listReferrers = async (digest: Digest): Promise<string[]> => {
      const headers = { accept: "application/vnd.oci.image.index.v1+json" };
      const url = `http://${registry.host}/v2/acme/sable/manifests/${digest.replace(":", "-")}`;
      const response = await fetch(url, { headers });
      if (response.status === 404) return [];
      const index = (await response.json()) as { manifests: { digest: string }[] };
      return index.manifests.map((one) => one.digest);
    };
    const attestResult = (predicate: Json = {}, at: 0 | 1 | 2 = 1, key?: string, to?: Digest): Promise<string> => {
      const [type, version] = evalResultTypes[at];
      return attest(type, evalResultPredicate(version, { evaluatedAt: daysAgo(2), ...predicate }), key, to);
    };

    const gates = new Map<string, Promise<TestGate>>();
    /** One for each policy. */
    const gateFor = (spec: Json): Promise<TestGate> => {
      const known = gates.get(JSON.stringify(spec));
      if (known !== undefined) return known;
      const { asks, ...evidence } = spec;
      const document = policy({ model: any, ...(asks as Json) }, { evidence });
      const started = startTestGate(
        { "policy.yaml": document },
        { registries: [{ host: registry.host, plainHttp: true }] },
      );
      gates.set(JSON.stringify(spec), started);
      return started;
    };
    const ask = async (spec: Json, evidence: string | undefined, about: Digest): Promise<string | undefined> => {
      const gate = await gateFor({ repositories: [`${registry.host}/acme/sable`], ...spec });
      const workload = deploymentOf(`${registry.host}/acme/sable@${about}`, evidence);
      const { allowed, auditAnnotations } = await gate.review(review(workload));
      expect(allowed).toBe(auditAnnotations["reasons"] === undefined);
      return auditAnnotations["reasons"];
    };
    /** The reasons for which a workload that runs the model is denied, by this evidence under a policy that asks so. */
    const judge = (evidence: string, asks: Json, by: Json[] = signers): Promise<string | undefined> =>
      ask({ asks, ...(by.length > 0 && { signers: by }) }, evidence, model);
    const atLeast = (min: number): Json => ({ benchmarks: [{ ...metric, min }], maxAge: "30d" });

    describe.each<[string, () => Promise<string>]>([
      ["proofbundle v0.1, alone", async () => putAlone(await proofbundle())],
      ["proofbundle v0.1, in a bundle", async () => putBundle(await proofbundle())],
      ["proofbundle v0.1 without a content root", async () => putAlone(await proofbundle({ legacyRoot: true }))],
      ["proofbundle v0.2, alone", async () => putAlone(await proofbundle({ version: "v0.2" }))],
      [
        "proofbundle v0.2, in a bundle",
        async () => putBundle(await proofbundle({ version: "v0.2", model: hex(model) })),
      ],
      ["cosign attest, by the proposal's type", () => attestResult({}, 0)],
      ["cosign attest, v0.1", () => attestResult({}, 1)],
      ["cosign attest, v0.2", () => attestResult({}, 2)],
    ])("%s", (_, publish) => {
      it("proves the bounds that follow from it, its verdict and its time; no more, and nothing unsigned", async () => {
        const evidence = await publish();
        expect(await judge(evidence, atLeast(0.6))).toBe(accepted);
        expect(await judge(evidence, { ...atLeast(0.62), model: { ...any, digest: "SameAsWorkload" } })).toBe(accepted);
        expect(await judge(evidence, { benchmarks: [{ id: "larch-qa", passed: true }] })).toBe(accepted);
        expect(await judge(evidence, atLeast(0.63))).toBe("METRIC_OUT_OF_BOUNDS");
        expect(await judge(evidence, { benchmarks: [{ ...metric, max: 0.9 }] })).toBe("METRIC_OUT_OF_BOUNDS");
        expect(await judge(evidence, { maxAge: "1d" })).toBe("EVIDENCE_EXPIRED");
        expect(await judge(evidence, atLeast(0.6), [])).toBe("SIGNER_NOT_TRUSTED");
      });
    });

    const about = { benchmarks: [{ ...metric, min: 0.6 }] };
    it.each<[string, string, () => Promise<string>, Json?]>([
      ["a claim that failed", failed, async () => putAlone(await proofbundle({ score: "0.5" }))],
      ["a claim that failed, in a bundle", failed, async () => putBundle(await proofbundle({ score: "0.5" }))],
      ["a claim that failed, attested", failed, () => attestResult({ claims: [claim({ passed: false })] })],
      [
        "an upper bound for a lower one",
        "METRIC_OUT_OF_BOUNDS",
        async () => putAlone(await proofbundle({ comparator: "<=", threshold: "0.90" })),
      ],
      [
        "a lower bound for an upper one",
        "METRIC_OUT_OF_BOUNDS",
        async () => putAlone(await proofbundle({ threshold: "0.10" })),
        { benchmarks: [{ ...metric, max: 0.4 }] },
      ],
      ["a threshold of nothing", "METRIC_OUT_OF_BOUNDS", async () => putAlone(await proofbundle({ threshold: "0.0" }))],
      ["a receipt for a subject", "ARTIFACT_INVALID", async () => putAlone(await proofbundle({ profile: "receipt" }))],
      [
        "a receipt that names the model",
        "ARTIFACT_INVALID",
        async () => putAlone(await proofbundle({ version: "v0.2", profile: "receipt", model: hex(model) })),
      ],
      [
        "another model for a subject",
        "MODEL_DIGEST_MISMATCH",
        async () => putAlone(await proofbundle({ subject: hex(otherModel) })),
      ],
      ["another model for a subject, attested", "MODEL_DIGEST_MISMATCH", () => attestResult({}, 1, "ours", otherModel)],
      [
        "this subject, and another model",
        "ARTIFACT_INVALID",
        async () => putAlone(await proofbundle({ version: "v0.2", model: hex(otherModel) })),
      ],
      [
        "a release for a subject, that is not the model",
        "MODEL_DIGEST_MISMATCH",
        async () => putAlone(await proofbundle({ profile: "release-gate", subject: hex(otherModel) })),
      ],
      [
        "one of two claims failed",
        "BENCHMARK_FAILED",
        () => attestResult({ claims: [claim(), claim({ metric: "f1", passed: false })] }),
      ],
      [
        "a time to come",
        "EVIDENCE_EXPIRED",
        async () => putAlone(await proofbundle({ timestamp: "2036-11-20T08:30:00Z" })),
        { ...about, maxAge: "30d" },
      ],
      ["a stranger's signature", "SIGNER_NOT_TRUSTED", async () => putAlone(await proofbundle({}, stranger))],
      ["a stranger's attestation", "SIGNER_NOT_TRUSTED", () => attestResult({}, 1, "theirs")],
      ["a payload that was changed", "SIGNER_NOT_TRUSTED", async () => putAlone(changed(await proofbundle()))],
      [
        "the body of v0.1 as v0.2",
        "ARTIFACT_INVALID",
        () => attest(evalResultTypes[2][0], evalResultPredicate("v0.1")),
      ],
      [
        "a threshold with an exponent",
        "ARTIFACT_INVALID",
        () => attestResult({ claims: [claim({ threshold: "1e-3" })] }),
      ],
      [
        "a threshold that is a number",
        "ARTIFACT_INVALID",
        () => attestResult({ claims: [claim({ threshold: 0.62 })] }),
      ],
      [
        "a subject that is not hashed by sha256",
        "MODEL_DIGEST_MISMATCH",
        async () => putAlone(await proofbundle({ statement: { subject: [{ digest: { sha512: "ab".repeat(64) } }] } })),
      ],
    ])("with %s: %s", async (_, reason, publish, asks = about) => {
      expect(await judge(await publish(), asks)).toBe(reason);
    });

    it("the good one is discovered among much else that refers to the model", async () => {
      const own = await pushModel("sable-1b");
      const options = { subject: hex(own) };
      await put(attached(await proofbundle({ ...options, score: "0.5" }), own, {}, envelopeType));
      await put(attached(Buffer.from("{}"), own, {}, "application/vnd.cyclonedx+json"));
      await put(attached(await proofbundle({ ...options, profile: "receipt" }), own, {}, envelopeType));
      const discovering = { discover: true, signers, asks: about };
      expect(await ask(discovering, undefined, own)).toContain("BENCHMARK_FAILED");
      const another = await pushModel("sable-3b");
      await put(attached(await proofbundle({ subject: hex(another), score: "0.5" }), another, {}, envelopeType));
      await put(attached(await proofbundle({ subject: hex(another) }), another, {}, envelopeType));
      expect(await ask(discovering, undefined, another)).toBe(accepted);
    });

    describe("a simple verification result, by cosign attest", () => {
      const type = "https://in-toto.io/attestation/svr/v0.2";
      const predicate = {
        verifier: { id: quillworks, policies: [{ uri: "https://quillworks.example/policy" }] },
        timeCreated: daysAgo(2),
        properties: ["QUILL_LARCH_QA"],
      };
      const property = { benchmarks: [{ id: "QUILL_LARCH_QA", passed: true }], maxAge: "30d" };

      it.each<[string, string | undefined, Json, Json?]>([
        ["a property that it lists", accepted, {}],
        ["its time", "EVIDENCE_EXPIRED", {}, { ...property, maxAge: "1d" }],
        ["a property that it does not list", "BENCHMARK_MISSING", { properties: ["QUILL_BIAS"] }],
        ["an empty list", "ARTIFACT_INVALID", { properties: [] }],
        ["no policies", "ARTIFACT_INVALID", { verifier: { id: quillworks } }],
        ["another verifier", "SIGNER_NOT_TRUSTED", { verifier: { ...predicate.verifier, id: "https://else.example" } }],
        ["nothing in particular", "BENCHMARK_MISSING", {}, { maxAge: "30d" }],
      ])("%s: %s", async (_, reason, change, asks = property) => {
        expect(await judge(await attest(type, { ...predicate, ...change }), asks)).toBe(reason);
      });

      it("is none about another model, nor by its first version", async () => {
        expect(await judge(await attest(type, predicate, "ours", otherModel), property)).toBe("MODEL_DIGEST_MISMATCH");
        expect(await judge(await attest(type.replace("v0.2", "v0.1"), predicate), property)).toBe("ARTIFACT_INVALID");
      });
    });
  },
);

/** One letter of the statement. */
function changed(envelope: Json): Json {
  const payload = Buffer.from(String(envelope["payload"]), "base64").toString().replace('"0.62"', '"0.92"');
  return { ...envelope, payload: Buffer.from(payload).toString("base64") };
}
