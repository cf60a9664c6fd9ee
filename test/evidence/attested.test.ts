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
import { attached, bundleOf, makeTestKey, statementAbout, type TestKey } from "../support/signatures.ts";

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

/** The same envelope's signature over another payload. */
function changed({ blobs }: BuiltArtifact, statement: Json, to: typeof model): BuiltArtifact {
  const bytes = [...blobs.values()].find((blob) => blob.includes("dsseEnvelope"));
  const bundle = JSON.parse(bytes?.toString() ?? "{}") as { dsseEnvelope: { payload: string } };
  bundle.dsseEnvelope.payload = Buffer.from(JSON.stringify(statement)).toString("base64");
  return attached(bundle, to);
}
