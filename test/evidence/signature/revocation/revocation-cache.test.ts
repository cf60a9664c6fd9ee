import { describe, expect, it } from "@jest/globals";
import { createArtifactCache } from "../../../../evidence/artifact-cache.ts";
import { collectEvidence } from "../../../../evidence/collect.ts";
import { createRevocationCache } from "../../../../evidence/signature/revocation/revocation-cache.ts";
import { noTrust } from "../../../../evidence/signature/trust.ts";
import type { Signatures } from "../../../../policies/artifact.ts";
import { compileSigner } from "../../../../policies/language/signer.ts";
import type { Policy, RequiredSigners } from "../../../../policies/policy.ts";
import { unavailable } from "../../../../registry/errors.ts";
import { limits } from "../../../../registry/limits.ts";
import { parseReferences } from "../../../../workload/references/evidence-reference.ts";
import { genericArtifact, type BuiltArtifact, type Json } from "../../../support/artifacts.ts";
import { compiled, policy as aDocument } from "../../../support/builders/policy.ts";
import { createMemorySource, type MemorySource } from "../../../support/memory-source.ts";
import { revocationOf, revoking } from "../../../support/revocations.ts";
import { attached, bundleOf, makeTestKey, statementAbout, type TestKey } from "../../../support/signatures.ts";

const repository = "quay.io/acme/evals";
const [ours, theirs] = [makeTestKey(), makeTestKey()];
const artifact = genericArtifact();
const other = genericArtifact({ "dev.assaygate.model.name": "mistral-7b" });
const { digest } = artifact;

const byKey = ({ pem: publicKey }: TestKey): RequiredSigners => {
  const signer = compileSigner({ cosign: { publicKey, transparencyLog: "NotRequired" } });
  if (typeof signer === "string") throw new Error(signer);
  return { any: [signer], threshold: 1 };
};
const look = (source: MemorySource, required = [byKey(ours)]): Promise<Signatures> =>
  createRevocationCache(source, () => noTrust).lookUp(repository, digest, required, AbortSignal.timeout(5_000));
const isRevoked = async (...what: readonly BuiltArtifact[]): Promise<boolean> => {
  const found = await look(createMemorySource(artifact, ...what));
  expect(found).toMatchObject({ kind: "checked" });
  return found.kind === "checked" && found.verified.length > 0;
};

describe("a revocation", () => {
  it("by the key of a revoker, of this digest, is found with its reason and time", async () => {
    expect(await look(createMemorySource(artifact, revoking(ours, digest)))).toMatchObject({
      kind: "checked",
      verified: [
        {
          identity: expect.stringMatching(/^key sha256:/),
          revocation: { reason: "the test set was in the training data", revokedAt: "2026-11-20T12:00:00Z" },
        },
      ],
    });
  });

  it.each<[string, Json]>([
    ["without a predicate", { predicate: undefined }],
    ["with a predicate of another shape", { predicate: [1] }],
    ["with fields of other types", { predicate: { reason: 5, revokedAt: "yesterday" } }],
  ])("counts %s", async (_, over) => {
    const found = await look(createMemorySource(artifact, revoking(ours, digest, over)));
    expect(found).toMatchObject({ verified: [{ revocation: { reason: undefined, revokedAt: undefined } }] });
  });

  const text = JSON.stringify(bundleOf(ours, revocationOf(digest)));
  const changed = text.replace(/"payload":"[^"]*"/, `"payload":"${Buffer.from("{}").toString("base64")}"`);
  it.each<[string, BuiltArtifact]>([
    ["by somebody else", revoking(theirs, digest)],
    ["under our hint", attached(bundleOf(theirs, revocationOf(digest), hintOf(ours)), digest)],
    ["of another artifact, attached to this one", attached(bundleOf(ours, revocationOf(other.digest)), digest)],
    ["that was changed", attached(Buffer.from(changed), digest)],
    ["that is a signature", attached(bundleOf(ours, statementAbout(digest)), digest)],
    ["that is no statement", attached(bundleOf(ours, Buffer.from("revoked")), digest)],
    ["that is no bundle", attached(Buffer.from("{"), digest)],
    ["that refers to another artifact", revoking(ours, other.digest, { subject: revocationOf(digest)["subject"] })],
  ])("%s changes nothing", async (_, one) => {
    expect(await isRevoked(one)).toBe(false);
  });

  it("is found among others, and in spite of broken ones", async () => {
    const junk = attached(Buffer.from("{"), digest);
    expect(await isRevoked(junk, revoking(theirs, digest), revoking(ours, digest))).toBe(true);
  });
});

function hintOf({ hint }: TestKey): Json {
  return { verificationMaterial: { publicKey: { hint } } };
}

describe("what could not be seen", () => {
  it("is no answer, and is looked for again", async () => {
    const source = createMemorySource(artifact, revoking(ours, digest));
    const cache = createRevocationCache(source, () => noTrust);
    const ask = (): Promise<Signatures> => cache.lookUp(repository, digest, [byKey(ours)], AbortSignal.timeout(5_000));
    source.intercept = (request) => {
      if (request.startsWith("referrers")) throw unavailable("no-answer", "quay.io answered 503");
      return undefined;
    };
    expect(await ask()).toMatchObject({ kind: "unavailable", reason: "REGISTRY_UNAVAILABLE" });
    source.intercept = () => undefined;
    expect(await ask()).toMatchObject({ kind: "checked", verified: [{}] });
  });

  it("is no answer where the statement itself cannot be had", async () => {
    const source = createMemorySource(artifact, revoking(ours, digest));
    source.intercept = (request) => {
      if (request.startsWith("blob")) throw unavailable("no-answer", "quay.io answered 503");
      return undefined;
    };
    expect(await look(source)).toMatchObject({ kind: "unavailable" });
  });

  it("is counted: more than is looked at is said, and hides nothing that was found", async () => {
    const many = Array.from({ length: limits.signatures + 40 }, (_, at) =>
      attached(bundleOf(theirs, revocationOf(digest, { predicate: { reason: String(at) } })), digest),
    );
    const source = createMemorySource(artifact, ...many);
    expect(await look(source)).toMatchObject({ kind: "checked", verified: [], unseen: { kind: "too-many" } });
    expect(source.requests.length).toBeLessThan(2 * limits.referrerManifests);
    expect(await isRevoked(revoking(ours, digest), ...many)).toBe(true);
  });

  it("is said where the gate could not verify it, whatever is attached", async () => {
    const signer = compileSigner({ cosign: { issuer: "https://issuer.example", identity: "me@example.com" } });
    const mounted = compileSigner({ cosign: { keyRef: "gone.pub", transparencyLog: "NotRequired" } });
    for (const one of [signer, mounted]) {
      if (typeof one === "string") throw new Error(one);
      const found = await look(createMemorySource(artifact), [{ any: [one], threshold: 1 }]);
      expect(found).toMatchObject({
        unseen: { kind: "invalid", message: expect.stringMatching(/cannot be verified/) },
      });
    }
  });
});

describe("remembered evidence", () => {
  const clock = { ms: 0, now: () => clock.ms };

  it("hears of a revocation within the time of a list, and asks nobody until then", async () => {
    const source = createMemorySource(artifact);
    const cache = createRevocationCache(source, () => noTrust, { listTtlMs: 30_000 }, clock);
    const ask = (): Promise<Signatures> => cache.lookUp(repository, digest, [byKey(ours)], AbortSignal.timeout(5_000));
    expect(await ask()).toMatchObject({ verified: [] });
    source.push(revoking(ours, digest));
    clock.ms += 29_999;
    expect(cache.peek(repository, digest, [byKey(ours)])).toMatchObject({ verified: [] });
    expect(source.requests).toHaveLength(1);
    clock.ms += 2;
    expect(cache.peek(repository, digest, [byKey(ours)])).toBeUndefined();
    expect(await ask()).toMatchObject({ verified: [{}] });
    clock.ms += 60_000;
    expect(cache.peek(repository, digest, [byKey(ours)])).toMatchObject({ verified: [{}] });
  });
});

describe("collecting", () => {
  const asks = { environment: ["production"] };
  const evidence = { repositories: [repository] };
  const cosign = { publicKey: ours.pem, transparencyLog: "NotRequired" };
  const asking = compiled(aDocument(asks, { evidence: { ...evidence, revokers: [{ cosign }] } }));
  const notAsking = compiled(aDocument(asks, { evidence }));
  const requestsOf = async (policies: readonly Policy[]): Promise<string[]> => {
    const source = createMemorySource(artifact, revoking(ours, digest));
    const store = createArtifactCache(source, { hit: () => undefined, miss: () => undefined });
    const wanted = { references: parseReferences(`${repository}@${digest}`), policies };
    const revocations = createRevocationCache(source, () => noTrust);
    const signal = AbortSignal.timeout(10_000);
    const found = await collectEvidence(store, wanted, { signal: () => signal }, undefined, revocations);
    const [one] = [...found.values()];
    if (one?.kind !== "found") throw new Error("not found");
    return [...source.requests.map((request) => request.split(" ")[0] ?? ""), one.artifact.revocations?.kind ?? "none"];
  };

  it("asks nothing more for policies that let nobody revoke", async () => {
    expect(await requestsOf([notAsking])).toEqual(["manifest", "none"]);
  });

  it("asks for the list, and what on it may be a revocation, at the same time as for the evidence", async () => {
    expect(await requestsOf([asking, notAsking])).toEqual(["manifest", "referrers", "manifest", "blob", "checked"]);
  });
});
