import { describe, expect, it } from "@jest/globals";
import { findModelIndexes } from "../../../evidence/model-index/find-indexes.ts";
import { createModelIndexCache } from "../../../evidence/model-index/index-cache.ts";
import { limits } from "../../../registry/limits.ts";
import { unavailable } from "../../../registry/errors.ts";
import type { Digest } from "../../../policies/digest.ts";
import type { Evidence } from "../../../policies/evidence.ts";
import type { Policy } from "../../../policies/policy.ts";
import { rawManifest } from "../../support/artifacts.ts";
import { aPolicy, aWorkload, runningModel } from "../../support/builders/decision.ts";
import { digest, found } from "../../support/builders/evidence.ts";
import { createMemorySource } from "../../support/memory-source.ts";

const evals = "quay.io/acme/evals";
const own = "quay.io/acme/granite";
const oci = "application/vnd.oci.image.index.v1+json";
const deadline = { signal: () => AbortSignal.timeout(5_000) };
const workload = aWorkload({ models: [{ ...runningModel, name: own, digest: digest(66) }] });
const manifests = [66, 67].map((one) => ({
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: digest(one),
  size: 1,
}));
const index = rawManifest(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: oci, manifests })), oci);

const asking = (repositories: string[] = [evals], asks: object = { digest: "SameAsWorkload" }): Policy =>
  aPolicy({ evidence: { repositories }, require: [{ name: "r", model: { version: "Any", ...asks } }] });
const about = (model: Digest, subject?: Digest) =>
  new Map([found(1, { annotations: { "dev.assaygate.model.digest": model }, ...(subject && { subject }) })]);

describe("findModelIndexes", () => {
  it("reads the digest that evidence is about, and the one that runs, once for as long as it remembers", async () => {
    const source = createMemorySource(index);
    const cache = createModelIndexCache(source);
    const find = () => findModelIndexes(cache, workload, about(index.digest), [asking()], deadline);
    const first = await find();
    expect(first).toEqual([
      { repository: evals, digest: index.digest, found: { kind: "index", size: 2, lists: [digest(66)] } },
      { repository: evals, digest: digest(66), found: { kind: "absent", message: expect.any(String) } },
    ]);
    const asked = source.requests.length;
    expect(find()).toEqual(first);
    expect(source.requests).toHaveLength(asked);
  });

  it.each<[string, string[], string[]]>([
    ["every repository that is named in full", [evals, "ghcr.io/acme/more"], [evals, "ghcr.io/acme/more"]],
    ["the model's own, where a pattern trusts it", ["quay.io/acme/*"], [own]],
    ["none that is only a pattern", ["ghcr.io/acme/*"], []],
  ])("looks in %s", async (_, repositories, expected) => {
    const source = createMemorySource(index);
    await findModelIndexes(
      createModelIndexCache(source),
      workload,
      about(index.digest),
      [asking(repositories)],
      deadline,
    );
    expect(source.requests).toEqual(
      [index.digest, digest(66)].flatMap((one) => expected.map((at) => `manifest ${at}@${one}`)),
    );
  });

  it.each<[string, () => ReturnType<typeof about>, Policy]>([
    ["names the build that runs", () => about(digest(66)), asking()],
    ["has the build that runs for its subject", () => about(digest(67), digest(66)), asking()],
    ["is not asked which build it is about", () => about(digest(67)), asking([evals], {})],
    [
      "says nothing of the build",
      () => new Map([found(1, { annotations: { "dev.assaygate.model.digest": undefined } })]),
      asking(),
    ],
  ])("asks nobody where the evidence %s", (_, evidence, policy) => {
    const source = createMemorySource(index);
    expect(findModelIndexes(createModelIndexCache(source), workload, evidence(), [policy], deadline)).toBeUndefined();
    expect(source.requests).toEqual([]);
  });

  it("does not remember that it could not look", async () => {
    const source = createMemorySource(index);
    source.intercept = () => {
      throw unavailable("no-answer", "down");
    };
    const cache = createModelIndexCache(source);
    const find = async () =>
      (await findModelIndexes(cache, workload, about(index.digest), [asking()], deadline))?.[0]?.found;
    expect(await find()).toMatchObject({ kind: "unavailable", reason: "REGISTRY_UNAVAILABLE" });
    source.intercept = () => undefined;
    expect(await find()).toMatchObject({ kind: "index" });
  });

  it("takes other bytes under the digest for no index", async () => {
    const source = createMemorySource({ ...index, digest: digest(68) });
    const answers = await findModelIndexes(
      createModelIndexCache(source),
      workload,
      about(digest(68)),
      [asking()],
      deadline,
    );
    expect(answers?.[0]?.found).toMatchObject({ kind: "refused" });
  });

  it("looks in a bounded number of places, and says so of the first one more", async () => {
    const source = createMemorySource();
    const subjects = Array.from({ length: 100 }, (_, at) => digest(100 + at));
    const attestation = { bundle: "{}", form: "bundle", subjects, passed: true, verifier: undefined } as const;
    const content = { kind: "read", benchmarks: [], completedAt: undefined, attestation } as const;
    const [key, one] = found(1, { content });
    if (one.kind !== "found") throw new Error("the builder finds nothing");
    const statement: Evidence = { kind: "found", artifact: { ...one.artifact, kind: "attestation" } };
    const evidence = new Map([[key, statement]]);
    const answers = await findModelIndexes(createModelIndexCache(source), workload, evidence, [asking()], deadline);
    expect(source.requests).toHaveLength(limits.indexesRead);
    expect(answers).toHaveLength(limits.indexesRead + 1);
    expect(answers?.at(-1)?.found).toMatchObject({ kind: "refused", message: expect.stringContaining("more than 32") });
  });
});
