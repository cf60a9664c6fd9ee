import { describe, expect, it } from "@jest/globals";
import { findNearMiss } from "../../audit/near-miss.ts";
import { createArtifactCache } from "../../evidence/artifact-cache.ts";
import { createDiscovery } from "../../evidence/discovery.ts";
import { createRevocationCache } from "../../evidence/signature/revocation/revocation-cache.ts";
import { noTrust } from "../../evidence/signature/trust.ts";
import { defaultSettings } from "../../policies/decision/decide.ts";
import type { Workload } from "../../policies/workload.ts";
import { unavailable } from "../../registry/errors.ts";
import type { BuiltArtifact } from "../support/artifacts.ts";
import { aWorkload, runningModel } from "../support/builders/decision.ts";
import { evaluation, now, referenceTo, repository } from "../support/builders/evaluation.ts";
import { digest, references } from "../support/builders/evidence.ts";
import { compiled, policy } from "../support/builders/policy.ts";
import { createMemorySource, type MemorySource } from "../support/memory-source.ts";
import { revoking } from "../support/revocations.ts";
import { makeTestKey } from "../support/signatures.ts";

const subject = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digest(66), size: 1 };
const about = (change: Readonly<Record<string, string>> = {}): BuiltArtifact => evaluation(change, { subject });
const good = about();
const old = about({ "org.opencontainers.image.created": "2026-01-01T00:00:00Z" });
const oldAndElsewhere = about({
  "org.opencontainers.image.created": "2026-01-01T00:00:00Z",
  "dev.assaygate.environment": "staging",
});
const asks = { model: { name: "Any", version: "Any" }, environment: ["production"], maxAge: "30d" };
const denied: Workload = aWorkload({ references: references(), models: [{ ...runningModel, digest: digest(66) }] });
const deadline = { signal: () => AbortSignal.timeout(5_000) };

async function look(source: MemorySource, workload = denied, document = policy(asks)) {
  const parts = {
    store: createArtifactCache(source, { hit() {}, miss() {} }),
    discovery: createDiscovery(source),
    revocations: createRevocationCache(source, () => noTrust),
  };
  const question = { workload, policies: [compiled(document)], settings: defaultSettings, now: new Date(now) };
  return findNearMiss(parts, question, deadline);
}

describe("a near miss", () => {
  it("is evidence that would do, and the annotation that names it and nothing else", async () => {
    expect(await look(createMemorySource(old, good, oldAndElsewhere))).toEqual({
      kind: "found",
      annotation: { key: "assaygate.dev/evaluation", value: referenceTo(good) },
    });
  });

  it("is as many as it takes, where each requirement is met by another", async () => {
    const staging = about({ "dev.assaygate.environment": "staging" });
    const require = [
      { name: "a", ...asks },
      { name: "b", ...asks, environment: ["staging"] },
    ];
    const found = await look(createMemorySource(good, staging), denied, policy(asks, { require }));
    const value = expect.stringMatching(new RegExp(`^${repository}@\\S+, ${repository}@\\S+$`));
    expect(found).toEqual({ kind: "found", annotation: { key: "assaygate.dev/evaluation", value } });
  });

  it("is the closest where none would do, with what it lacks", async () => {
    const found = await look(createMemorySource(oldAndElsewhere, old));
    expect(found).toEqual({
      kind: "closest",
      evidence: referenceTo(old),
      lacks: [expect.stringMatching(/^EVIDENCE_EXPIRED: /)],
    });
  });

  it("is nothing where nothing refers to the model", async () => {
    const message = `no evaluation refers to the model in ${repository}`;
    expect(await look(createMemorySource())).toEqual({ kind: "none", message });
  });

  it("says so where nobody can look", async () => {
    const source = createMemorySource(good);
    source.intercept = () => {
      throw unavailable("no-answer", "quay.io answered 503");
    };
    expect(await look(source)).toMatchObject({
      kind: "none",
      message: expect.stringContaining("could not be looked for"),
    });
  });

  it("is not looked for without the model's digest", async () => {
    const source = createMemorySource(good);
    expect(await look(source, { ...denied, models: [{ ...runningModel, digest: undefined }] })).toBeUndefined();
    expect(source.requests).toEqual([]);
  });

  it("is never evidence that a revoker of the policy has revoked", async () => {
    const key = makeTestKey();
    const revokers = [{ cosign: { publicKey: key.pem, transparencyLog: "NotRequired" } }];
    const document = policy(asks, { evidence: { repositories: [repository], revokers } });
    expect(await look(createMemorySource(good), denied, document)).toMatchObject({ kind: "found" });
    expect(await look(createMemorySource(good, revoking(key, good.digest)), denied, document)).toMatchObject({
      kind: "closest",
      lacks: [expect.stringMatching(/^EVIDENCE_REVOKED: /)],
    });
  });

  it("is never evidence that the policy revokes", async () => {
    const evidence = { repositories: [repository], revoked: [good.digest] };
    expect(await look(createMemorySource(good), denied, policy(asks, { evidence }))).toMatchObject({ kind: "closest" });
  });
});
