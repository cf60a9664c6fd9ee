import { describe, expect, it } from "@jest/globals";
import { createArtifactCache } from "../../evidence/artifact-cache.ts";
import { collectEvidence } from "../../evidence/collect.ts";
import { createSignatureCache } from "../../evidence/signature/signature-cache.ts";
import { noTrust } from "../../evidence/signature/trust.ts";
import { decide, defaultSettings } from "../../policies/decision/decide.ts";
import { listReasons } from "../../policies/decision.ts";
import type { EvidenceReference } from "../../policies/evidence.ts";
import type { Policy } from "../../policies/policy.ts";
import {
  type BuiltArtifact,
  evalhubAnnotations,
  evalhubArtifact,
  genericArtifact,
  jobResults,
  metric,
} from "../support/artifacts.ts";
import { repository } from "../support/builders/evaluation.ts";
import { asking, aWorkload, now, runningModel } from "../support/builders/decision.ts";
import { digest, references } from "../support/builders/evidence.ts";
import type { Json } from "../support/builders/json.ts";
import { attestationArtifact, testResult, verificationSummary, verifier } from "../support/attestations.ts";
import { createMemorySource, type MemorySource } from "../support/memory-source.ts";
import { claim, evalResult, quillworks, simpleVerification } from "../support/eval-results.ts";
import {
  attached,
  bundleOf,
  envelopeOf,
  envelopeType,
  makeTestKey,
  statementAbout,
  type TestKey,
} from "../support/signatures.ts";

const [ours, other, stranger] = [makeTestKey(), makeTestKey("Ed25519"), makeTestKey()];
const model = digest(66);
const signerOf = ({ pem }: TestKey, more: Json = {}): Json => ({
  cosign: { publicKey: pem, transparencyLog: "NotRequired", ...more },
});
const signedByUs = [signerOf(ours)];
const toxicity = { benchmarks: [{ id: "toxicity", passed: true }] };
const level2 = { benchmarks: [{ id: "ACME_SAFETY_LEVEL_2", passed: true }] };

/** A policy that asks this of statements by these signers. */
function trusting(asks: Json, evidence: Json = { signers: signedByUs }): Policy {
  return asking(asks, { evidence: { repositories: [repository], ...evidence } });
}

function referenceTo({ digest: named }: BuiltArtifact): EvidenceReference {
  return { kind: "full", text: `${repository}@${named}`, repository, digest: named };
}

/** What the gate decides on a workload that names some of what lies in the registry: the reasons, or none where it admits. */
async function reasonsFor(policy: Policy, named: BuiltArtifact[], more: BuiltArtifact[] = []): Promise<string[]> {
  return judge(policy, named, stores(createMemorySource(...named, ...more)));
}

function stores(source: MemorySource) {
  const artifacts = createArtifactCache(source, { hit: () => undefined, miss: () => undefined });
  return { artifacts, signatures: createSignatureCache(source, () => noTrust) };
}

async function judge(policy: Policy, named: BuiltArtifact[], { artifacts, signatures }: ReturnType<typeof stores>) {
  const entries = named.map(referenceTo);
  const wanted = { references: entries, policies: [policy] };
  const deadline = { signal: () => AbortSignal.timeout(5_000) };
  const evidence = await collectEvidence(artifacts, wanted, deadline, signatures);
  const workload = aWorkload({ references: references(...entries), models: [{ ...runningModel, digest: model }] });
  const input = { workload, policies: [policy], exceptions: [], now, settings: defaultSettings, evidence };
  return listReasons(decide(input));
}

describe("a signed statement about the model", () => {
  const good = attestationArtifact(ours, testResult(model), model);

  it("is evidence of the tests that passed", async () => {
    expect(await reasonsFor(trusting(toxicity), [good])).toEqual([]);
  });

  it("names the build of the model by its subject", async () => {
    expect(
      await reasonsFor(trusting({ model: { name: "Any", version: "Any", digest: "SameAsWorkload" } }), [good]),
    ).toEqual([]);
  });

  it("as a summary, from one who may speak for its verifier, is evidence of its levels and its time", async () => {
    const summary = attestationArtifact(ours, verificationSummary(model), model);
    const speakers = { signers: [signerOf(other), signerOf(ours, { verifiers: [verifier] })] };
    expect(await reasonsFor(trusting({ ...level2, maxAge: "3d" }, speakers), [summary])).toEqual([]);
    expect(await reasonsFor(trusting({ ...level2, maxAge: "1d" }, speakers), [summary])).toEqual(["EVIDENCE_EXPIRED"]);
  });

  it.each<[string, string, BuiltArtifact, Json?]>([
    ["another's envelope (T23)", "SIGNER_NOT_TRUSTED", attestationArtifact(stranger, testResult(model), model)],
    ["no signers in the policy (T23)", "SIGNER_NOT_TRUSTED", good, {}],
    [
      "two signers required, one envelope",
      "SIGNER_NOT_TRUSTED",
      good,
      { signers: [signerOf(ours), signerOf(other)], threshold: 2 },
    ],
    ["another payload under the signature (T14)", "SIGNATURE_INVALID", changed(good, testResult(digest(67)), model)],
    ["about another model (T22)", "MODEL_DIGEST_MISMATCH", attestationArtifact(ours, testResult(digest(67)), model)],
    [
      "attached to this model, about another (T22)",
      "MODEL_DIGEST_MISMATCH",
      attestationArtifact(ours, testResult(digest(67)), model, {
        annotations: { "dev.assaygate.model.digest": model },
      }),
    ],
    [
      "the digest by another algorithm (T22)",
      "MODEL_DIGEST_MISMATCH",
      attestationArtifact(
        ours,
        { ...testResult(model), subject: [{ digest: { sha512: model.replace("sha256:", "") } }] },
        model,
      ),
    ],
    ["a failed result", "BENCHMARK_FAILED", attestationArtifact(ours, testResult(model, { result: "FAILED" }), model)],
    [
      "a test that is not in it",
      "BENCHMARK_MISSING",
      attestationArtifact(ours, testResult(model, { passedTests: ["bias"] }), model),
    ],
    [
      "a predicate of another type",
      "ARTIFACT_INVALID",
      attestationArtifact(ours, statementAbout(model, { predicateType: "https://slsa.dev/provenance/v1" }), model),
    ],
    ["a signature and no statement", "ARTIFACT_INVALID", attestationArtifact(ours, statementAbout(model), model)],
    [
      "a summary from one who speaks for nobody",
      "SIGNER_NOT_TRUSTED",
      attestationArtifact(ours, verificationSummary(model), model),
    ],
    [
      "a summary from one who speaks for another",
      "SIGNER_NOT_TRUSTED",
      attestationArtifact(ours, verificationSummary(model), model),
      { signers: [signerOf(ours, { verifiers: ["https://acme.example/other"] })] },
    ],
    [
      "a summary by whom only another signer may speak for",
      "SIGNER_NOT_TRUSTED",
      attestationArtifact(ours, verificationSummary(model), model),
      { signers: [signerOf(ours), signerOf(other, { verifiers: [verifier] })] },
    ],
  ])("is none with %s: %s", async (_, reason, artifact, ...[evidence]) => {
    const reasons = await reasonsFor(trusting(toxicity, evidence), [artifact]);
    expect(reasons).toContain(reason);
  });

  it("is not signed by a signature that is attached to it (T23)", async () => {
    const strangers = attestationArtifact(stranger, testResult(model), model);
    const signature = attached(bundleOf(ours, statementAbout(strangers.digest)), strangers.digest);
    expect(await reasonsFor(trusting(toxicity), [strangers], [signature])).toEqual(["SIGNER_NOT_TRUSTED"]);
  });

  it("says nothing by what stands beside its envelope (T15)", async () => {
    const annotated = attestationArtifact(ours, testResult(model), model, {
      annotations: {
        "dev.assaygate.environment": "production",
        "org.opencontainers.image.created": now.toISOString(),
      },
    });
    expect(await reasonsFor(trusting({ environment: ["production"] }), [annotated])).toEqual(["ENVIRONMENT_MISMATCH"]);
    expect(await reasonsFor(trusting({ maxAge: "30d" }), [annotated])).toEqual(["EVIDENCE_EXPIRED"]);
  });

  it("is verified once, and then costs nobody a request", async () => {
    const source = createMemorySource(good);
    const kept = stores(source);
    expect(await judge(trusting(toxicity), [good], kept)).toEqual([]);
    const asked = source.requests.length;
    expect(await judge(trusting(toxicity), [good], kept)).toEqual([]);
    expect(source.requests).toHaveLength(asked);
  });
});

describe("a signed statement about an evaluation that is named as well", () => {
  const evaluation = genericArtifact({ "dev.assaygate.environment": "production" });
  const signature = attached(bundleOf(ours, statementAbout(evaluation.digest)), evaluation.digest);
  const statement = attestationArtifact(ours, testResult(evaluation.digest), evaluation.digest);
  const both = trusting({ ...toxicity, environment: ["production"] });

  it("gives results for it", async () => {
    expect(await reasonsFor(both, [evaluation, statement], [signature])).toEqual([]);
  });

  it("does not sign it: whoever may push writes the rest", async () => {
    expect(await reasonsFor(both, [evaluation, statement])).toContain("SIGNATURE_INVALID");
  });

  it("alone proves nothing", async () => {
    expect(await reasonsFor(both, [statement], [evaluation, signature])).toContain("MODEL_DIGEST_MISMATCH");
  });

  it("gives none for another evaluation (T22)", async () => {
    const another = attestationArtifact(ours, testResult(digest(67)), evaluation.digest);
    expect(await reasonsFor(both, [evaluation, another], [signature])).toContain("MODEL_DIGEST_MISMATCH");
  });

  it("hides no bad result of its own", async () => {
    const results = { "results.json": jobResults({ benchmark_id: "toxicity", results: [metric("rate", 0.9)] }) };
    const bad = evalhubArtifact(results, evalhubAnnotations({ "io.github.eval-hub.benchmark_id": "toxicity" }));
    const signed = attached(bundleOf(ours, statementAbout(bad.digest)), bad.digest);
    const stated = attestationArtifact(ours, testResult(bad.digest), bad.digest);
    expect(await reasonsFor(trusting(toxicity), [bad, stated], [signed])).toContain("BENCHMARK_FAILED");
  });

  it("makes an evaluation older, never younger, and gives no time to one that has none (T26)", async () => {
    const maxAge = (limit: string): Policy =>
      trusting({ maxAge: limit }, { signers: [signerOf(ours, { verifiers: [verifier] })] });
    const judgeTimes = async (limit: string, created: string | undefined, verified: string): Promise<string[]> => {
      const time = created === undefined ? {} : { "org.opencontainers.image.created": created };
      const dated = genericArtifact({ "dev.assaygate.environment": "production", ...time });
      const signed = attached(bundleOf(ours, statementAbout(dated.digest)), dated.digest);
      const summary = verificationSummary(dated.digest, { timeVerified: verified });
      const stated = attestationArtifact(ours, summary, dated.digest);
      return reasonsFor(maxAge(limit), [dated, stated], [signed]);
    };
    expect(await judgeTimes("30d", "2026-11-10T12:00:00Z", "2026-11-18T00:00:00Z")).toEqual([]);
    expect(await judgeTimes("3d", "2026-11-10T12:00:00Z", "2026-11-18T00:00:00Z")).toContain("EVIDENCE_EXPIRED");
    expect(await judgeTimes("3d", undefined, "2026-11-18T00:00:00Z")).toContain("EVIDENCE_EXPIRED");
  });

  it("that failed takes nothing for granted", async () => {
    const failed = attestationArtifact(ours, testResult(evaluation.digest, { result: "FAILED" }), evaluation.digest);
    const reasons = await reasonsFor(both, [evaluation, failed], [signature]);
    expect(reasons).toContain("BENCHMARK_FAILED");
  });
});

describe("an evaluation result about the model", () => {
  const larch = (bounds: Json): Json => ({ benchmarks: [{ id: "larch-qa", ...bounds }] });
  const atLeast = (min: number): Json => larch({ metric: "exact_match", min });
  const of = (predicate: Json, about = model): BuiltArtifact =>
    attestationArtifact(ours, evalResult(about, predicate), about);

  it.each<[string, Json]>([
    ["its verdict", larch({ passed: true })],
    ["a lower bound", atLeast(0.6)],
    ["a bound over enough samples", larch({ metric: "exact_match", min: 0.6, minSamples: 1200 })],
    ["its very bound, and its age", { ...atLeast(0.62), maxAge: "3d" }],
    ["its build", { ...atLeast(0.62), model: { name: "Any", version: "Any", digest: "SameAsWorkload" } }],
  ])("proves %s", async (_, asks) => {
    expect(await reasonsFor(trusting(asks), [of({})])).toEqual([]);
  });

  it.each<[string, string, Json, BuiltArtifact]>([
    ["a higher bound", "METRIC_OUT_OF_BOUNDS", atLeast(0.63), of({})],
    ["a bound from the other side", "METRIC_OUT_OF_BOUNDS", larch({ metric: "exact_match", max: 0.9 }), of({})],
    ["another metric", "BENCHMARK_MISSING", larch({ metric: "f1", min: 0.1 }), of({})],
    ["another suite", "BENCHMARK_MISSING", { benchmarks: [{ id: "mmlu", passed: true }] }, of({})],
    ["anything, where it failed", "BENCHMARK_FAILED", atLeast(0.6), of({ claims: [claim({ passed: false })] })],
    [
      "anything, where one of two claims failed",
      "BENCHMARK_FAILED",
      atLeast(0.6),
      of({ claims: [claim(), claim({ metric: "f1", passed: false })] }),
    ],
    ["anything about another model (T22)", "MODEL_DIGEST_MISMATCH", atLeast(0.6), of({}, digest(67))],
    [
      "anything about the model of its commitments",
      "MODEL_DIGEST_MISMATCH",
      atLeast(0.6),
      of({ commitments: { model: { alg: "sha256", value: model.replace("sha256:", ""), salted: true } } }, digest(67)),
    ],
    [
      "much, of one sample",
      "SAMPLES_TOO_FEW",
      { benchmarks: [{ id: "larch-qa", metric: "exact_match", min: 0.6, minSamples: 100 }] },
      of({ sampleSize: 1 }),
    ],
    [
      "that it is complete",
      "EVALUATION_INCOMPLETE",
      { benchmarks: [{ id: "larch-qa", metric: "exact_match", min: 0.6, complete: true }] },
      of({}),
    ],
    ["anything of a receipt", "ARTIFACT_INVALID", atLeast(0.6), of({ subjectProfile: "receipt" })],
    [
      "an age, where it is from the future (T26)",
      "EVIDENCE_EXPIRED",
      { ...atLeast(0.6), maxAge: "30d" },
      of({ evaluatedAt: "2036-11-18T08:30:00Z" }),
    ],
  ])("does not prove %s: %s", async (_, reason, asks, artifact) => {
    expect(await reasonsFor(trusting(asks), [artifact])).toContain(reason);
  });

  it("counts by its signer alone, whoever it calls its verifier", async () => {
    const named = { signers: [signerOf(ours, { verifiers: ["https://quillworks.example/evals"] })] };
    expect(await reasonsFor(trusting(atLeast(0.6), {}), [of({})])).toContain("SIGNER_NOT_TRUSTED");
    expect(await reasonsFor(trusting(atLeast(0.6), named), [of({})])).toEqual([]);
  });
});

describe("a simple verification result about the model", () => {
  const summary = (predicate: Json = {}): BuiltArtifact =>
    attestationArtifact(ours, simpleVerification(model, predicate), model);
  const speaking = { signers: [signerOf(ours, { verifiers: [quillworks] })] };
  const property = { benchmarks: [{ id: "QUILL_LARCH_QA", passed: true }] };

  it("from one who may speak for its verifier, proves what it lists, and its time", async () => {
    const scoped = { benchmarks: [{ provider: quillworks, id: "QUILL_LARCH_QA", passed: true }] };
    expect(await reasonsFor(trusting({ ...property, maxAge: "3d" }, speaking), [summary()])).toEqual([]);
    expect(await reasonsFor(trusting({ ...scoped }, speaking), [summary()])).toEqual([]);
    expect(await reasonsFor(trusting({ ...property, maxAge: "1d" }, speaking), [summary()])).toEqual([
      "EVIDENCE_EXPIRED",
    ]);
  });

  it.each<[string, string, BuiltArtifact, Json?, Json?]>([
    ["a signer who speaks for nobody", "SIGNER_NOT_TRUSTED", summary(), property, { signers: signedByUs }],
    [
      "a signer who speaks for another",
      "SIGNER_NOT_TRUSTED",
      summary(),
      property,
      { signers: [signerOf(ours, { verifiers: [verifier] })] },
    ],
    [
      "a signer beside the one who may",
      "SIGNER_NOT_TRUSTED",
      summary(),
      property,
      { signers: [signerOf(ours), signerOf(other, { verifiers: [quillworks] })] },
    ],
    ["a property that it does not list", "BENCHMARK_MISSING", summary({ properties: ["QUILL_BIAS"] })],
    ["no property at all", "ARTIFACT_INVALID", summary({ properties: [] })],
    ["no policies", "ARTIFACT_INVALID", summary({ verifier: { id: quillworks } })],
    ["another subject", "MODEL_DIGEST_MISMATCH", attestationArtifact(ours, simpleVerification(digest(67)), model)],
    ["a requirement that names no property", "BENCHMARK_MISSING", summary(), { maxAge: "30d" }],
    [
      "a property of another verifier",
      "BENCHMARK_MISSING",
      summary(),
      { benchmarks: [{ provider: verifier, id: "QUILL_LARCH_QA", passed: true }] },
    ],
  ])("proves nothing with %s: %s", async (_, reason, artifact, ...[asks = property, evidence = speaking]) => {
    expect(await reasonsFor(trusting(asks, evidence), [artifact])).toContain(reason);
  });
});

describe("a statement in an envelope that stands alone", () => {
  const alone = (keys: TestKey[], over: Json = {}, type = envelopeType): BuiltArtifact =>
    attached(envelopeOf(keys, testResult(model), over), model, {}, type);
  const both = { signers: [signerOf(ours), signerOf(other)], threshold: 2 };

  it.each(["application/vnd.dsse.envelope.v1+json", "application/vnd.in-toto.test-result+dsse"])(
    "counts as one in a bundle does: %s",
    async (type) => {
      expect(await reasonsFor(trusting(toxicity), [alone([ours], {}, type)])).toEqual([]);
    },
  );

  it.each([makeTestKey("Ed25519"), makeTestKey("P-384"), makeTestKey("RSA")])(
    "may be signed with any key",
    async (key) => {
      expect(await reasonsFor(trusting(toxicity, { signers: [signerOf(key)] }), [alone([key])])).toEqual([]);
    },
  );

  it("may be signed by several, each of whom counts, in any order and whatever its keyid says", async () => {
    expect(await reasonsFor(trusting(toxicity, both), [alone([ours, other])])).toEqual([]);
    expect(await reasonsFor(trusting(toxicity, both), [alone([other, stranger, ours])])).toEqual([]);
    expect(await reasonsFor(trusting(toxicity, both), [alone([ours, ours])])).toEqual(["SIGNER_NOT_TRUSTED"]);
  });

  it.each<[string, string, BuiltArtifact, Json?]>([
    ["another's signature", "SIGNER_NOT_TRUSTED", alone([stranger])],
    ["no signature", "SIGNATURE_INVALID", alone([])],
    ["a signature of nothing", "SIGNATURE_INVALID", alone([], { signatures: [{ sig: "" }] })],
    ["too many signatures", "ARTIFACT_INVALID", alone(Array<TestKey>(9).fill(ours))],
    [
      "another payload",
      "SIGNER_NOT_TRUSTED",
      alone([ours], {
        payload: Buffer.from(JSON.stringify(testResult(model, { passedTests: ["toxicity", "bias"] }))).toString(
          "base64",
        ),
      }),
    ],
    ["another type of payload", "ARTIFACT_INVALID", alone([ours], { payloadType: "application/json" })],
    ["text for a payload", "ARTIFACT_INVALID", alone([ours], { payload: "not base64!" })],
    ["no signers in the policy (T23)", "SIGNER_NOT_TRUSTED", alone([ours]), {}],
    [
      "a transparency log required",
      "SIGNATURE_INVALID",
      alone([ours]),
      { signers: [{ cosign: { publicKey: ours.pem } }] },
    ],
    ["an envelope in an envelope", "ARTIFACT_INVALID", attached({ dsseEnvelope: [] }, model, {}, envelopeType)],
    ["a list", "ARTIFACT_INVALID", attached(Buffer.from("[]"), model, {}, envelopeType)],
  ])("is none with %s: %s", async (_, reason, artifact, ...[evidence]) => {
    expect(await reasonsFor(trusting(toxicity, evidence), [artifact])).toEqual([reason]);
  });
});

/** The same envelope's signature over another payload. */
function changed({ blobs }: BuiltArtifact, statement: Json, to: typeof model): BuiltArtifact {
  const bytes = [...blobs.values()].find((blob) => blob.includes("dsseEnvelope"));
  const bundle = JSON.parse(bytes?.toString() ?? "{}") as { dsseEnvelope: { payload: string } };
  bundle.dsseEnvelope.payload = Buffer.from(JSON.stringify(statement)).toString("base64");
  return attached(bundle, to);
}
