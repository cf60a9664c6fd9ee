import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { parseDigest, type Digest } from "../../../policies/digest.ts";
import type { ReviewResponse } from "../../../webhook/admission/response.ts";
import { policy } from "../../support/builders/policy.ts";
import { review } from "../../support/builders/review.ts";
import type { BuiltArtifact, Json } from "../../support/artifacts.ts";
import { componentPath, describeWith } from "../../support/components.ts";
import { createCosign, type Cosign, type CosignServices } from "../../support/cosign.ts";
import { startDockerRegistry, type DockerRegistry } from "../../support/docker-registry.ts";
import { lockWithFalsify } from "../../support/falsify.ts";
import { startTestGate, type TestGate } from "../../support/gate.ts";
import { deploymentOf } from "../../support/model-workload.ts";
import { orasPush, orasPut } from "../../support/oras.ts";
import { startSigstore, type TestSigstore } from "../../support/sigstore.ts";
import { sigstorePrograms, startSigstoreServices, type SigstoreServices } from "../../support/sigstore-services.ts";
import { attached, bundleOf, envelopeOf, envelopeType, seededKey } from "../../support/signatures.ts";
import { expectSoon } from "../../support/soon.ts";

jest.setTimeout(120_000);

const program = join(import.meta.dirname, "..", "..", "support", "eval-result.py");
const [author, stranger] = [7, 8];
const rule = { id: "larch-qa", metric: "exact_match", min: 0.62, preRegistered: true };
const accepted = undefined;
const denied = "NOT_PRE_REGISTERED";

describeWith(
  ["docker-registry", "oras", "cosign", "proofbundle", "falsify"],
  "a bar that falsify registers, and proofbundle names in its result",
  () => {
    /** The time of the authority's stamps. Results are run a second later. */
    let stampedAt: Date;
    let runAt: string;
    let registry: DockerRegistry;
    let sigstore: TestSigstore;
    let cosign: Cosign;
    let cosignKey: string;
    let folder: string;
    let model: Digest;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "assaygate-registered-"));
      registry = await startDockerRegistry();
      // Its certificate must be valid by then.
      stampedAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + 2000);
      runAt = toSeconds(new Date(stampedAt.getTime() + 1000));
      sigstore = await startSigstore({ stampedAt });
      cosign = await createCosign();
      cosignKey = await cosign.makeKey("ours");
      model = await pushModel(registry);
      await expectSoon(() => Date.now() > Date.parse(runAt));
    });
    afterAll(async () => {
      for (const gate of gates.values()) await (await gate)[Symbol.asyncDispose]();
      await cosign?.[Symbol.asyncDispose]();
      await sigstore?.[Symbol.asyncDispose]();
      await registry?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const put = (artifact: BuiltArtifact): Promise<string> => putIn(registry, artifact);
    /** A result of proofbundle's about the model, run a second after the stamps in everything but what is given. */
    const putResult = async (options: Json, seed = author): Promise<string> =>
      put(
        attached(
          await proofbundle({ subject: hexOf(model), timestamp: runAt, ...options }, seed),
          model,
          {},
          envelopeType,
        ),
      );
    /** A registration by the author's key, with a timestamp in everything but what is given. */
    const putRegistration = async (statement: string, seed = author): Promise<string> =>
      put(attached(await sigstore.signStatementByKey(JSON.parse(statement) as Json, seededKey(seed)), model));

    const gates = new Map<string, Promise<TestGate>>();
    const gateFor = (asks: Json, evidence: Json): Promise<TestGate> => {
      const key = JSON.stringify([asks, evidence]);
      const started = gates.get(key) ?? startAsking(registry, folder, sigstore.trustedRoot, asks, evidence);
      gates.set(key, started);
      return started;
    };
    const ask = async (references: readonly string[], asks: Json = {}, evidence: Json = {}) => {
      const cosigned = { cosign: { publicKey: cosignKey, transparencyLog: "NotRequired" } };
      const by = { cosign: { publicKey: seededKey(author).pem, transparencyLog: "NotRequired" } };
      const gate = await gateFor({ benchmarks: [{ ...rule, ...asks }] }, { signers: [by, cosigned], ...evidence });
      return reviewOf(gate, registry, model, references);
    };
    const judge = async (...args: Parameters<typeof ask>): Promise<string | undefined> => {
      const { allowed, auditAnnotations } = await ask(...args);
      expect(allowed).toBe(auditAnnotations["reasons"] === undefined);
      return auditAnnotations["reasons"];
    };
    const register = async (claim: Json) => {
      const { manifest, statement } = await lockWithFalsify(claim);
      return { manifest, reference: await putRegistration(statement) };
    };
    const registrations = new Map<string, ReturnType<typeof register>>();
    /** What a result and a registration come to, both good in everything but what is given. */
    const judgeBoth = async (result: Json = {}, claim: Json = {}): Promise<string | undefined> => {
      const key = JSON.stringify(claim);
      const registered = registrations.get(key) ?? register(claim);
      registrations.set(key, registered);
      const { manifest, reference } = await registered;
      return judge([await putResult({ registration: manifest, ...result }), reference]);
    };

    it.each<[string, string | undefined, Json, Json?]>([
      ["the same bar, before the run", accepted, {}],
      ["the same bar, v0.2", accepted, { version: "v0.2" }],
      ["the same bar on the same data", accepted, { version: "v0.2", dataset: "91".repeat(32) }],
      ["a number in another spelling", accepted, { threshold: "0.620" }],
      ["a whole number", "METRIC_OUT_OF_BOUNDS,NOT_PRE_REGISTERED", { threshold: "0" }, { threshold: 1 }],
      ["a lower bar", denied, {}, { threshold: 0.5 }],
      ["a higher bar", denied, {}, { threshold: 0.7 }],
      ["another metric", denied, {}, { metric: "f1" }],
      ["another comparator", denied, {}, { comparator: ">" }],
      ["the other direction", denied, {}, { comparator: "<=" }],
      ["equality", denied, {}, { comparator: "==" }],
      ["other data", denied, { version: "v0.2", dataset: "92".repeat(32) }],
      ["a run long before", denied, { timestamp: "2026-01-01T00:00:00Z" }],
      ["a run in the future", denied, { timestamp: "2036-11-20T08:30:00Z" }],
      ["a result that names none", denied, { registration: undefined }],
      ["a result that names another", denied, { registration: "ab".repeat(32) }],
      ["a result that failed", "BENCHMARK_FAILED,METRIC_OUT_OF_BOUNDS", { score: "0.5" }],
    ])("%s: %s", async (_, reason, result, claim = {}) => {
      expect(await judgeBoth(result, claim)).toBe(reason);
    });

    it("a run in the same second, or an hour before: not before the run", async () => {
      for (const aheadMs of [0, 3_600_000]) {
        const timestamp = toSeconds(new Date(stampedAt.getTime() - aheadMs));
        expect(await judgeBoth({ timestamp })).toBe(denied);
      }
    });

    it("says what to do, for each in its own way", async () => {
      const { manifest, statement } = await lockWithFalsify();
      const [result, unnamed] = [await putResult({ registration: manifest }), await putResult({})];
      const untimed = await put(attached(bundleOf(seededKey(author), JSON.parse(statement) as Json), model));
      const message = async (...references: string[]): Promise<string> => (await ask(references)).status?.message ?? "";
      expect(await message(unnamed)).toContain("larch-qa names no registration under which it was run");
      expect(await message(result)).toContain("which is not among the evidence");
      expect(await message(result, untimed)).toContain("nobody but its signer says when");
    });

    it.each<[string, string | undefined, (statement: string) => Promise<string>]>([
      [
        "a DSSE envelope alone, which has no time",
        denied,
        async (statement) =>
          put(attached(envelopeOf([seededKey(author)], JSON.parse(statement) as Json), model, {}, envelopeType)),
      ],
      [
        "a bundle without a time",
        denied,
        async (statement) => put(attached(bundleOf(seededKey(author), JSON.parse(statement) as Json), model)),
      ],
      [
        "cosign attest-blob, without services",
        denied,
        async (statement) => put(attached(Buffer.from(await cosign.attestBlob(statement, "ours")), model)),
      ],
      ["a stranger's, in time", denied, (statement) => putRegistration(statement, stranger)],
      [
        "unsigned, as falsify prints it",
        `ARTIFACT_INVALID,${denied}`,
        async (statement) => put(attached(Buffer.from(statement), model, {}, envelopeType)),
      ],
      [
        "changed after it was signed",
        denied,
        async (statement) => {
          const bundle = await sigstore.signStatementByKey(
            JSON.parse(statement.replace("0.62", "0.5")) as Json,
            seededKey(author),
          );
          const envelope = { ...(bundle["dsseEnvelope"] as Json), payload: Buffer.from(statement).toString("base64") };
          return put(attached({ ...bundle, dsseEnvelope: envelope }, model));
        },
      ],
      [
        "of a manifest that it does not name",
        `ARTIFACT_INVALID,${denied}`,
        (statement) => {
          const parsed = JSON.parse(statement) as { predicate: Json };
          return putRegistration(
            JSON.stringify({ ...parsed, predicate: { ...parsed.predicate, manifest_sha256: "ab".repeat(32) } }),
          );
        },
      ],
      [
        "of the next version",
        `ARTIFACT_INVALID,${denied}`,
        (statement) => putRegistration(statement.replace("prml/v0.1", "prml/v0.2")),
      ],
      [
        "recorded by the log, which promises a time",
        accepted,
        async (statement) =>
          put(
            attached(
              await sigstore.signStatementByKey(JSON.parse(statement) as Json, seededKey(author), ["log"]),
              model,
            ),
          ),
      ],
    ])("signed as %s: %s", async (_, reason, publish) => {
      const { manifest, statement } = await lockWithFalsify();
      const registration = await publish(statement);
      // A log has its own clock, which is later than the authority's.
      const timestamp = reason === accepted ? toSeconds(new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000)) : runAt;
      const result = await putResult({ registration: manifest, timestamp });
      if (reason !== accepted) expect(await judge([result, registration])).toBe(reason);
      else await expectSoon(async () => (await ask([result, registration])).allowed);
    });

    it("a registration alone is no evaluation, and none where nothing is asked of results", async () => {
      const { statement } = await lockWithFalsify();
      const registration = await putRegistration(statement);
      expect(await judge([registration])).toBe("ARTIFACT_INVALID");
      expect(await judge([registration], { preRegistered: undefined })).toBe("ARTIFACT_INVALID");
    });

    it("is not asked for where the policy does not, and nobody counts where it names no signers", async () => {
      const { manifest, statement } = await lockWithFalsify({ threshold: 0.5 });
      const both = [await putResult({ registration: manifest }), await putRegistration(statement)];
      expect(await judge(both, { preRegistered: undefined })).toBe(accepted);
      expect(await judge(both, {}, { signers: undefined })).toBe(`${denied},SIGNER_NOT_TRUSTED`);
    });

    it("of many, two that disagree among them, one that fits is enough, and none hides another", async () => {
      const { manifest, statement } = await lockWithFalsify();
      const parsed = JSON.parse(statement) as { predicate: Json };
      const lying = (threshold: number): string =>
        JSON.stringify({ ...parsed, predicate: { ...parsed.predicate, threshold } });
      const thresholds = Array.from({ length: 14 }, (_, at) => at / 100);
      const others = [];
      for (const threshold of thresholds) others.push(await putRegistration(lying(threshold)));
      const result = await putResult({ registration: manifest });
      expect(await judge([result, ...others])).toBe(denied);
      expect(await judge([result, ...others.slice(0, 13), await putRegistration(statement)])).toBe(accepted);
      expect(await judge([result, ...others, await putRegistration(statement), await putRegistration(lying(9))])).toBe(
        "EVIDENCE_MALFORMED",
      );
    });

    it("is discovered with the result among what refers to the model", async () => {
      const { manifest, statement } = await lockWithFalsify();
      const bundle = await sigstore.signStatementByKey(JSON.parse(statement) as Json, seededKey(author));
      const by = { cosign: { publicKey: seededKey(author).pem, transparencyLog: "NotRequired" } };
      const gate = await gateFor({ benchmarks: [rule] }, { signers: [by], discover: true });
      for (const [name, reason] of [
        ["sable-3b", denied],
        ["sable-13b", accepted],
      ] as const) {
        const own = await pushModel(registry, name);
        const terms = { subject: hexOf(own), timestamp: runAt, registration: manifest };
        await put(attached(await proofbundle(terms), own, {}, envelopeType));
        if (reason === accepted) await put(attached(bundle, own));
        expect((await reviewOf(gate, registry, own, [])).auditAnnotations["reasons"]).toBe(reason);
      }
    });

    it("cannot be had: could not look, and no pass", async () => {
      const { manifest } = await lockWithFalsify();
      const result = await putResult({ registration: manifest });
      const gone = `127.0.0.1:9/acme/sable@sha256:${"ab".repeat(32)}`;
      const repositories = [`${registry.host}/acme/sable`, "127.0.0.1:9/acme/sable"];
      const { allowed, status } = await ask([result, gone], {}, { repositories });
      expect({ allowed, code: status?.code }).toEqual({ allowed: false, code: 503 });
    });

    it("a policy that asks for it is not loaded where no time could be verified", async () => {
      const by = { cosign: { publicKey: seededKey(author).pem, transparencyLog: "NotRequired" } };
      await using gate = await startAsking(registry, folder, undefined, { benchmarks: [rule] }, { signers: [by] });
      const { status, body } = await gate.get("/readyz");
      expect({ status, body }).toEqual({ status: 503, body: expect.stringContaining("signatures.trustedRoot") });
    });
  },
);

describeWith(
  ["docker-registry", "oras", "cosign", "proofbundle", "falsify", ...sigstorePrograms],
  "a registration that cosign signs, with a timestamp of Sigstore's own authority",
  () => {
    let registry: DockerRegistry;
    let services: SigstoreServices;
    let cosign: Cosign;
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "assaygate-registered-"));
      registry = await startDockerRegistry();
      services = await startSigstoreServices();
      cosign = await createCosign();
    });
    afterAll(async () => {
      await cosign?.[Symbol.asyncDispose]();
      await services?.[Symbol.asyncDispose]();
      await registry?.stop();
      await rm(folder, { recursive: true, force: true });
    });

    it("counts for a run after it, and for none before", async () => {
      const publicKey = await cosign.makeKey("registrar");
      const model = await pushModel(registry);
      const startedAt = new Date();
      const { manifest, statement } = await lockWithFalsify();
      const asked: CosignServices = services;
      const bundle = await cosign.attestBlob(statement, "registrar", asked);
      const registration = await putIn(registry, attached(Buffer.from(bundle), model));
      const signers = [publicKey, seededKey(author).pem].map((pem) => ({
        cosign: { publicKey: pem, transparencyLog: "NotRequired" },
      }));
      await using gate = await startAsking(registry, folder, services.trustedRoot, { benchmarks: [rule] }, { signers });
      const resultOf = async (timestamp: Date): Promise<string> => {
        const terms = { subject: hexOf(model), timestamp: toSeconds(timestamp), registration: manifest };
        return putIn(registry, attached(await proofbundle(terms), model, {}, envelopeType));
      };
      const after = await resultOf(new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000));
      const before = await resultOf(startedAt);
      await expectSoon(async () => (await reviewOf(gate, registry, model, [after, registration])).allowed);
      const { auditAnnotations, status } = await reviewOf(gate, registry, model, [before, registration]);
      expect(auditAnnotations["reasons"]).toBe(denied);
      expect(status?.message).toContain("not before the run");
    });
  },
);

async function pushModel(registry: DockerRegistry, name = "sable-7b"): Promise<Digest> {
  const files = { "weights.bin": { mediaType: "application/octet-stream", content: name } };
  const artifactType = "application/vnd.example.model";
  const pushed = await orasPush(registry, { repository: "acme/sable", artifactType, files });
  const digest = parseDigest(pushed);
  if (digest === undefined) throw new Error(pushed);
  return digest;
}

async function putIn(registry: DockerRegistry, artifact: BuiltArtifact): Promise<string> {
  return `${registry.host}/acme/sable@${await orasPut(registry, "acme/sable", artifact)}`;
}

/** What proofbundle writes and signs. */
async function proofbundle(options: Json, seed = author): Promise<Json> {
  const key = seed.toString(16).padStart(2, "0").repeat(32);
  const { stdout } = await promisify(execFile)(componentPath("proofbundle"), [program, key, JSON.stringify(options)]);
  return JSON.parse(stdout) as Json;
}

/** A gate whose policy asks so of evidence in the registry. */
async function startAsking(
  registry: DockerRegistry,
  folder: string,
  trustedRoot: string | undefined,
  asks: Json,
  evidence: Json,
): Promise<TestGate> {
  const file = join(folder, "root.json");
  if (trustedRoot !== undefined) await writeFile(file, trustedRoot);
  const repositories = [`${registry.host}/acme/sable`];
  const document = policy(
    { model: { name: "Any", version: "Any" }, ...asks },
    { evidence: { repositories, ...evidence } },
  );
  return startTestGate(
    { "policy.yaml": document },
    {
      registries: [{ host: registry.host, plainHttp: true }],
      ...(trustedRoot !== undefined && { signatures: { trustedRoot: file } }),
    },
  );
}

/** What the gate says of a workload that runs the model and names these. */
function reviewOf(
  gate: TestGate,
  registry: DockerRegistry,
  model: Digest,
  references: readonly string[],
): Promise<ReviewResponse["response"]> {
  const named = references.length === 0 ? undefined : references.join(",");
  return gate.review(review(deploymentOf(`${registry.host}/acme/sable@${model}`, named)));
}

function hexOf(digest: Digest): string {
  return digest.replace("sha256:", "");
}

/** RFC 3339, in whole seconds. */
function toSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+/, "");
}
