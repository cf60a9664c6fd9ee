import { describe, expect, it } from "@jest/globals";
import { createArtifactCache, type ArtifactCache } from "../../evidence/artifact-cache.ts";
import { collectEvidence } from "../../evidence/collect.ts";
import { createRevocationCache } from "../../evidence/signature/revocation/revocation-cache.ts";
import { noTrust } from "../../evidence/signature/trust.ts";
import { unavailable } from "../../registry/errors.ts";
import { limits } from "../../registry/limits.ts";
import { parseReferences } from "../../workload/references/evidence-reference.ts";
import { defaultAnnotationKeys } from "../../policies/annotation-keys.ts";
import type { ResultsArtifact } from "../../policies/artifact.ts";
import { benchmarks as check } from "../../policies/checks/benchmarks.ts";
import { readEvaluation } from "../../policies/evaluation.ts";
import type { Evidence, EvidenceSet } from "../../policies/evidence.ts";
import type { Policy } from "../../policies/policy.ts";
import {
  cardArtifact,
  cardRow,
  evalhubArtifact,
  evaluationCard,
  genericArtifact,
  jobResults,
  metric,
  type BuiltArtifact,
  type Json,
} from "../support/artifacts.ts";
import { compiled, minimalPolicy, policy as aDocument } from "../support/builders/policy.ts";
import { createMemorySource, type MemorySource } from "../support/memory-source.ts";
import { revoking } from "../support/revocations.ts";
import { makeTestKey } from "../support/signatures.ts";

const repository = "quay.io/acme/evals";
const results = evalhubArtifact();
const rule = { provider: "lm_evaluation_harness", id: "mmlu", metric: "acc,none", min: 0.6 };
const asking = minimalPolicy({ benchmarks: [{ ...rule, resultsArtifact: "Required" }] });
const notAsking = minimalPolicy({ benchmarks: [rule] });

const naming = (artifacts: Json, row: Json = {}): BuiltArtifact =>
  cardArtifact(evaluationCard({ rows: [cardRow({ ...row, artifacts })] }));
const reference = (of: BuiltArtifact, prefix = `${repository}:evalhub-x`): Json => ({
  oci_reference: `${prefix}@${of.digest}`,
  oci_digest: of.digest,
});

interface Looked {
  readonly evidence: Evidence | undefined;
  readonly source: MemorySource;
  readonly again: () => EvidenceSet | Promise<EvidenceSet>;
}

async function look(card: BuiltArtifact, policy: Policy, ...others: readonly BuiltArtifact[]): Promise<Looked> {
  const source = createMemorySource(card, ...others);
  return lookIn(source, card, policy);
}

async function lookIn(source: MemorySource, card: BuiltArtifact, policy: Policy): Promise<Looked> {
  const store: ArtifactCache = createArtifactCache(source, { hit: () => undefined, miss: () => undefined });
  const wanted = { references: parseReferences(`${repository}@${card.digest}`), policies: [policy] };
  const again = (): EvidenceSet | Promise<EvidenceSet> =>
    collectEvidence(store, wanted, { signal: () => AbortSignal.timeout(10_000) });
  const [evidence] = [...(await again()).values()];
  return { evidence, source, again };
}

const stateOf = (evidence: Evidence | undefined): ResultsArtifact | undefined =>
  evidence?.kind === "found" && evidence.artifact.content.kind === "read"
    ? evidence.artifact.content.benchmarks[0]?.resultsArtifact
    : undefined;

function judge(evidence: Evidence | undefined, policy: Policy): unknown {
  if (evidence?.kind !== "found") throw new Error("the card was not found");
  const evaluation = readEvaluation(evidence.artifact, defaultAnnotationKeys);
  const [requirement] = policy.requirements;
  const result = check.run({ evaluation, requirement } as unknown as Parameters<typeof check.run>[0]);
  return [result].flat().map((one) => ("reason" in one ? one.reason : one.outcome));
}

describe("the results artifacts that a card names", () => {
  it.each([
    ["with tag and digest", reference(results)],
    ["with a scheme", reference(results, `https://${repository}`)],
    ["by its digest alone", { oci_digest: results.digest }],
    ["without the digest beside it", { oci_reference: `${repository}@${results.digest}` }],
  ])("bear the card out: named %s", async (_, artifacts) => {
    const { evidence } = await look(naming(artifacts), asking, results);
    expect(stateOf(evidence)).toEqual({ kind: "agrees", digest: results.digest });
    expect(judge(evidence, asking)).toEqual(["pass"]);
  });

  it("that a policy revokes bear nothing out, and are not asked for", async () => {
    const asks = { benchmarks: [{ ...rule, resultsArtifact: "Required" }] };
    const listing = compiled(aDocument(asks, { evidence: { repositories: [repository], revoked: [results.digest] } }));
    const { evidence, source } = await look(naming(reference(results)), listing, results);
    expect(judge(evidence, listing)).toEqual(["EVIDENCE_REVOKED"]);
    expect(source.requests.filter((one) => one.includes(results.digest))).toEqual([]);
  });

  it.each([
    ["by digest", { oci_digest: results.digest }],
    ["in a reference", { oci_reference: `${repository}@${results.digest}` }],
  ])(
    "that a policy revokes count for nothing to it although it does not follow them: named %s",
    async (_, artifacts) => {
      const revoked = { repositories: [repository], revoked: [results.digest] };
      const listing = compiled(aDocument({ benchmarks: [rule] }, { evidence: revoked }));
      const { evidence, source } = await look(naming(artifacts), listing, results);
      expect(judge(evidence, listing)).toEqual(["EVIDENCE_REVOKED"]);
      expect(source.requests.filter((one) => one.includes(results.digest))).toEqual([]);
      // Nor where another policy does: that one's verdict stays its own.
      const followed = await look(naming(artifacts), asking, results);
      expect(judge(followed.evidence, asking)).toEqual(["pass"]);
      expect(judge(followed.evidence, listing)).toEqual(["EVIDENCE_REVOKED"]);
      expect(judge(followed.evidence, notAsking)).toEqual(["pass"]);
      const other = { ...rule, id: "gsm8k" };
      const asksOther = compiled(aDocument({ benchmarks: [other] }, { evidence: revoked }));
      expect(judge(evidence, asksOther)).toEqual(["BENCHMARK_MISSING"]);
    },
  );

  describe("that somebody has revoked", () => {
    const ours = makeTestKey();
    const cosign = { publicKey: ours.pem, transparencyLog: "NotRequired" };
    const asks = { benchmarks: [{ ...rule, resultsArtifact: "Required" }] };
    const letting = compiled(aDocument(asks, { evidence: { repositories: [repository], revokers: [{ cosign }] } }));
    const card = naming(reference(results));
    const judgeWith = async (source: MemorySource): Promise<unknown> => {
      const store = createArtifactCache(source, { hit: () => undefined, miss: () => undefined });
      const wanted = { references: parseReferences(`${repository}@${card.digest}`), policies: [letting] };
      const revocations = createRevocationCache(source, () => noTrust);
      const deadline = { signal: () => AbortSignal.timeout(10_000) };
      const [evidence] = (await collectEvidence(store, wanted, deadline, undefined, revocations)).values();
      return judge(evidence, letting);
    };

    it("bear nothing out where the policy lets them, and otherwise do", async () => {
      expect(await judgeWith(createMemorySource(card, results))).toEqual(["pass"]);
      const strange = createMemorySource(card, results, revoking(makeTestKey(), results.digest));
      expect(await judgeWith(strange)).toEqual(["pass"]);
      const source = createMemorySource(card, results, revoking(ours, results.digest));
      expect(await judgeWith(source)).toEqual(["EVIDENCE_REVOKED"]);
    });

    it("may be so where it cannot be looked up: that is no answer", async () => {
      const source = createMemorySource(card, results);
      source.intercept = (request) => {
        if (request === `referrers ${repository}@${results.digest}`) throw unavailable("no-answer", "503");
        return undefined;
      };
      expect(await judgeWith(source)).toEqual(["REGISTRY_UNAVAILABLE"]);
    });
  });

  it("are not asked for where no policy asks", async () => {
    const { evidence, source } = await look(naming(reference(results)), notAsking, results);
    expect(source.requests.filter((one) => one.includes(results.digest))).toEqual([]);
    expect(judge(evidence, notAsking)).toEqual(["pass"]);
  });

  it("are remembered: the second look asks nobody, and gives the same evidence", async () => {
    const { evidence, source, again } = await look(naming(reference(results)), asking, results);
    source.requests.splice(0);
    const set = again();
    expect(set).toBeInstanceOf(Map);
    expect([...(await set).values()][0]).toBe(evidence);
    expect(source.requests).toEqual([]);
  });

  const otherJob = evalhubArtifact({ "results.json": jobResults({ id: "another-job" }) }, {});
  const otherBenchmark = evalhubArtifact({ "results.json": jobResults({ benchmark_id: "gsm8k" }) }, {});
  const worse = evalhubArtifact({ "results.json": jobResults({ results: [metric("acc,none", 0.1)] }) }, {});
  const withoutMetric = evalhubArtifact({ "results.json": jobResults({ results: [metric("f1", 0.9)] }) }, {});
  const notes = genericArtifact();

  it.each<[string, Json | undefined, readonly BuiltArtifact[], string, string]>([
    ["no artifact named", undefined, [], "BENCHMARK_MISSING", ""],
    ["named by tag only", { oci_reference: `${repository}:latest` }, [], "BENCHMARK_MISSING", "has no digest"],
    [
      "two digests",
      { oci_reference: `${repository}@${results.digest}`, oci_digest: worse.digest },
      [results],
      "ARTIFACT_INVALID",
      "two digests",
    ],
    ["not there", reference(results), [], "EVIDENCE_NOT_FOUND", "lm_evaluation_harness/mmlu"],
    ["of another job", reference(otherJob), [otherJob], "ARTIFACT_INVALID", "of job another-job"],
    [
      "of another benchmark",
      reference(otherBenchmark),
      [otherBenchmark],
      "BENCHMARK_MISSING",
      "none for this benchmark",
    ],
    ["another number", reference(worse), [worse], "ARTIFACT_INVALID", "acc,none is 0.642, but they say 0.1"],
    ["a metric less", reference(withoutMetric), [withoutMetric], "ARTIFACT_INVALID", "do not hold acc,none"],
    ["of another kind", reference(notes), [notes], "ARTIFACT_INVALID", "no EvalHub results"],
  ])("%s: denied", async (_, artifacts, held, reason, message) => {
    const card = artifacts === undefined ? cardArtifact() : naming(artifacts);
    const { evidence } = await look(card, asking, ...held);
    expect(judge(evidence, asking)).toEqual([reason]);
    const state = stateOf(evidence);
    if (message !== "") expect(state).toMatchObject({ kind: "disagrees", message: expect.stringContaining(message) });
  });

  describe("that bear out a verdict", () => {
    const verdict = minimalPolicy({ benchmarks: [{ id: "mmlu", passed: true, resultsArtifact: "Required" }] });
    const primary = (name: string): Json => ({
      benchmarks: [{ id: "mmlu", provider_id: "lm_evaluation_harness", primary_score: { metric: name } }],
    });
    const rounded = evalhubArtifact(
      { "results.json": jobResults({ results: [metric("acc,none", 0.49999999999)] }) },
      {},
    );
    const judgeCard = async (held: BuiltArtifact, row: Json, context: Json = {}): Promise<readonly unknown[]> => {
      const card = cardArtifact(evaluationCard({ rows: [cardRow({ ...row, artifacts: reference(held) })], context }));
      const { evidence } = await look(card, verdict, held);
      return [judge(evidence, verdict), stateOf(evidence)];
    };
    const passing = (score: Json | string | undefined): Json => ({
      test: { ...(score !== undefined && { primary_score: score }), threshold: "0.5", pass: true },
    });

    it.each<[string, BuiltArtifact, Json, Json]>([
      ["by a metric of both", results, {}, {}],
      ["by the metric that the card names", results, {}, primary("acc,none")],
      [
        "in single precision, as the server has it",
        rounded,
        { metrics: { "acc,none": 0.49999999999 }, ...passing("0.5") },
        {},
      ],
    ])("%s: admitted", async (_, held, row, context) => {
      const [judged] = await judgeCard(held, row, context);
      expect(judged).toEqual(["pass"]);
    });

    it.each<[string, BuiltArtifact, Json, Json, string]>([
      ["the card gives no metric", worse, { metrics: {} }, {}, "0.642"],
      ["the card gives other metrics than they hold", worse, { metrics: { made_up: 0.642 } }, {}, "0.642"],
      ["its score is of no metric", results, passing("0.99"), {}, "0.99"],
      ["the metric that the card names is not in them", results, {}, primary("exact_match"), "exact_match"],
      ["it states no score", results, passing(undefined), {}, "no score"],
    ])("and do not, because %s: denied", async (_, held, row, context, says) => {
      const [judged, state] = await judgeCard(held, row, context);
      expect(judged).toEqual(["ARTIFACT_INVALID"]);
      expect(state).toMatchObject({ kind: "disagrees", message: expect.stringContaining(says) });
    });
  });

  it("in a repository that the policy does not trust: denied, and nobody is asked (T10)", async () => {
    const card = naming(reference(results, "169.254.169.254/acme/evals"));
    const { evidence, source } = await look(card, asking, results);
    expect(judge(evidence, asking)).toEqual(["REPOSITORY_NOT_TRUSTED"]);
    expect(source.requests.filter((one) => one.includes("169.254"))).toEqual([]);
  });

  it("with other bytes than their digest: denied", async () => {
    const card = naming(reference(results));
    const source = createMemorySource(card);
    const { digest, mediaType, blobs } = results;
    source.push({ digest, mediaType, blobs, manifest: Buffer.from('{"schemaVersion":2}') });
    const { evidence } = await lookIn(source, card, asking);
    expect(judge(evidence, asking)).toEqual(["EVIDENCE_CORRUPT"]);
  });

  it("in a registry that gives no answer: could not look, and asked again the next time", async () => {
    const card = naming(reference(results));
    const source = createMemorySource(card, results);
    source.intercept = (request) => {
      if (request.includes(results.digest)) throw unavailable("no-answer", "down");
      return undefined;
    };
    const { evidence, again } = await lookIn(source, card, asking);
    expect(judge(evidence, asking)).toEqual(["REGISTRY_UNAVAILABLE"]);
    source.intercept = () => undefined;
    const [later] = [...(await again()).values()];
    expect(judge(later, asking)).toEqual(["pass"]);
  });

  it("are read up to a limit", async () => {
    const rows = Array.from({ length: limits.followedArtifacts + 1 }, () => cardRow({ artifacts: reference(results) }));
    const { evidence } = await look(cardArtifact(evaluationCard({ rows })), asking, results);
    expect(judge(evidence, asking)).toEqual(["ARTIFACT_INVALID"]);
  });

  it("are themselves what EvalHub's adapters publish: nothing else is asked for", async () => {
    const { evidence } = await look(results, asking);
    expect(judge(evidence, asking)).toEqual(["pass"]);
  });
});
