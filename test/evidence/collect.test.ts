import { describe, it, expect } from "@jest/globals";
import { createArtifactCache, type ArtifactCache } from "../../evidence/artifact-cache.ts";
import { collectEvidence } from "../../evidence/collect.ts";
import type { Deadline } from "../../evidence/search.ts";
import { unavailable } from "../../registry/errors.ts";
import { parseReferences } from "../../workload/references/evidence-reference.ts";
import type { EvidenceSet } from "../../policies/evidence.ts";
import type { Policy } from "../../policies/policy.ts";
import {
  cardArtifact,
  evaluationCard,
  evalhubAnnotations,
  evalhubArtifact,
  genericArtifact,
  type BuiltArtifact,
} from "../support/artifacts.ts";
import { minimalPolicy } from "../support/builders/policy.ts";
import { createMemorySource, type MemorySource } from "../support/memory-source.ts";
import { reasonOf } from "./outcome.ts";

const artifact = evalhubArtifact();
const { digest } = artifact;
const evals = `quay.io/acme/evals@${digest}`;
const benchmarks = { benchmarks: [{ id: "mmlu", metric: "acc,none", min: 0.6 }] };

function storeOf(...artifacts: readonly BuiltArtifact[]): { store: ArtifactCache; source: MemorySource } {
  const source = createMemorySource(...artifacts);
  return { source, store: createArtifactCache(source, { hit: () => undefined, miss: () => undefined }) };
}

function deadline(): Deadline & { asked: number } {
  const { signal } = new AbortController();
  const made = { asked: 0, signal: () => ((made.asked += 1), signal) };
  return made;
}

function collect(store: ArtifactCache, annotation: string, ...policies: Policy[]): EvidenceSet | Promise<EvidenceSet> {
  return collectEvidence(store, { references: parseReferences(annotation), policies }, deadline());
}

const outcomes = (set: EvidenceSet): Record<string, string> =>
  Object.fromEntries([...set].map(([key, evidence]) => [key, reasonOf(evidence)]));

describe("collectEvidence", () => {
  it("gives what each reference comes to", async () => {
    const { store } = storeOf(artifact);
    const gone = `quay.io/acme/evals@${genericArtifact().digest}`;
    expect(outcomes(await collect(store, `${evals},${gone}`, minimalPolicy()))).toEqual({
      [evals]: "found",
      [gone]: "absent",
    });
  });

  it("answers at once what is remembered, and makes no signal for it", async () => {
    const { store } = storeOf(artifact);
    const wanted = { references: parseReferences(evals), policies: [minimalPolicy(benchmarks)] };
    const cold = await collectEvidence(store, wanted, deadline());
    const unused = deadline();
    const warm = collectEvidence(store, wanted, unused);
    expect(warm).toEqual(cold);
    expect(warm).toBeInstanceOf(Map);
    expect(unused.asked).toBe(0);
  });

  it.each([
    ["no references", "", [minimalPolicy()]],
    ["a malformed reference", "quay.io/acme/evals:latest", [minimalPolicy()]],
    ["T10 a repository that no policy trusts", `ghcr.io/someone/evals@${digest}`, [minimalPolicy()]],
    ["T10 a host that looks like a trusted one", `quay.io.evil.example/acme/evals@${digest}`, [minimalPolicy()]],
    ["T10 the cloud's metadata", `169.254.169.254/acme/evals@${digest}`, [minimalPolicy({}, ["quay.io/**"])]],
    ["a bare digest and patterns only", digest, [minimalPolicy({}, ["quay.io/acme/**", "quay.io/*/evals"])]],
    ["no policies", evals, []],
  ])("asks nothing for %s", (_, annotation, policies) => {
    const { store, source } = storeOf(artifact);
    expect(collect(store, annotation, ...policies)).toEqual(new Map());
    expect(source.requests).toEqual([]);
  });

  it("looks a bare digest up in every repository that a policy names in full", async () => {
    const { store, source } = storeOf(artifact);
    const policies = [
      minimalPolicy({}, ["quay.io/acme/evals", "quay.io/acme/cards/**"]),
      minimalPolicy({}, ["ghcr.io/acme/evals", "quay.io/acme/evals"]),
    ];
    const set = await collect(store, digest, ...policies);
    expect([...set.keys()]).toEqual([evals, `ghcr.io/acme/evals@${digest}`]);
    expect(source.requests).toHaveLength(2);
  });

  it("looks once for what several references and policies name", async () => {
    const { store, source } = storeOf(artifact);
    await collect(
      store,
      `${evals} ${digest} https://quay.io/acme/evals:tag@${digest}`,
      minimalPolicy(),
      minimalPolicy(),
    );
    expect(source.requests).toHaveLength(1);
  });

  it("does not depend on the order of references", async () => {
    const other = genericArtifact();
    const annotations = [`${evals},quay.io/acme/evals@${other.digest}`, `quay.io/acme/evals@${other.digest},${evals}`];
    const sets = await Promise.all(
      annotations.map(async (one) => collect(storeOf(artifact, other).store, one, minimalPolicy())),
    );
    expect(sets[0]).toEqual(sets[1]);
  });

  const undated = evalhubArtifact(undefined, { "io.github.eval-hub.benchmark_id": "mmlu" });
  it.each([
    ["not for a requirement about annotations", artifact, [minimalPolicy()], "not-read"],
    ["for benchmarks", artifact, [minimalPolicy(benchmarks)], "read"],
    ["where one policy of two needs it", artifact, [minimalPolicy(), minimalPolicy(benchmarks)], "read"],
    [
      "not where the policy that needs it does not trust the repository",
      artifact,
      [minimalPolicy(), minimalPolicy(benchmarks, ["ghcr.io/acme/evals"])],
      "not-read",
    ],
    ["T26 for an age, where no annotation states it", undated, [minimalPolicy({ maxAge: "30d" })], "read"],
    ["T26 for an age, whatever an annotation claims", artifact, [minimalPolicy({ maxAge: "30d" })], "read"],
  ])("reads content %s", async (_, built, policies, content) => {
    const { store } = storeOf(built);
    const key = `quay.io/acme/evals@${built.digest}`;
    expect((await collect(store, key, ...policies)).get(key)).toMatchObject({
      artifact: { content: { kind: content } },
    });
  });

  it.each<[string, BuiltArtifact, string]>([
    ["of a completed job", cardArtifact(), "found"],
    ["of a failed job", cardArtifact(evaluationCard({ state: "failed" })), "EVALUATION_INCOMPLETE"],
    ["that is no card", cardArtifact({}), "ARTIFACT_INVALID"],
  ])("always reads an evaluation card, cold and warm: one %s", async (_, built, outcome) => {
    const { store } = storeOf(built);
    const key = `quay.io/acme/evals@${built.digest}`;
    expect(outcomes(await collect(store, key, minimalPolicy()))).toEqual({ [key]: outcome });
    expect(outcomes(await collect(store, key, minimalPolicy()))).toEqual({ [key]: outcome });
  });

  it("takes an evaluation card whose layer cannot be had for one that cannot be had", async () => {
    const built = cardArtifact();
    const { store, source } = storeOf(built);
    source.intercept = (request) => {
      if (request.startsWith("blob")) throw unavailable("no-answer", "503");
      return undefined;
    };
    const key = `quay.io/acme/evals@${built.digest}`;
    expect(outcomes(await collect(store, key, minimalPolicy()))).toEqual({ [key]: "REGISTRY_UNAVAILABLE" });
  });

  it("T52 keeps what could not be looked at apart from the rest", async () => {
    const other = genericArtifact(evalhubAnnotations());
    const { store, source } = storeOf(artifact, other);
    source.intercept = (request) => {
      if (request.endsWith(digest)) throw unavailable("no-answer", "503");
      return undefined;
    };
    const key = `quay.io/acme/evals@${other.digest}`;
    expect(outcomes(await collect(store, `${evals},${key}`, minimalPolicy()))).toEqual({
      [evals]: "REGISTRY_UNAVAILABLE",
      [key]: "found",
    });
  });

  it("keeps the annotations where only the content is unavailable", async () => {
    const { store, source } = storeOf(artifact);
    const review = new AbortController();
    const gate = Promise.withResolvers<undefined>();
    source.intercept = (request) => {
      if (!request.startsWith("blob")) return undefined;
      review.abort();
      return gate.promise;
    };
    const wanted = { references: parseReferences(evals), policies: [minimalPolicy(benchmarks)] };
    const set = await collectEvidence(store, wanted, { signal: () => review.signal });
    expect(set.get(evals)).toMatchObject({
      kind: "found",
      artifact: { annotations: evalhubAnnotations(), content: { kind: "unavailable", reason: "DEADLINE_EXCEEDED" } },
    });
    gate.resolve(undefined);
  });

  it("says DEADLINE_EXCEEDED for everything when the time is up", async () => {
    const { store, source } = storeOf(artifact);
    const gate = Promise.withResolvers<undefined>();
    source.intercept = () => gate.promise;
    const wanted = { references: parseReferences(evals), policies: [minimalPolicy()] };
    const set = await collectEvidence(store, wanted, { signal: () => AbortSignal.abort() });
    expect(outcomes(set)).toEqual({ [evals]: "DEADLINE_EXCEEDED" });
    gate.resolve(undefined);
  });

  it("throws a bug on", async () => {
    const { store, source } = storeOf(artifact);
    source.intercept = () => {
      throw new TypeError("a bug");
    };
    await expect(collect(store, evals, minimalPolicy())).rejects.toThrow("a bug");
  });
});
