import { describe, expect, it } from "@jest/globals";
import { createSignatureCache } from "../../../evidence/signature/signature-cache.ts";
import { noTrust, type Trust } from "../../../evidence/signature/trust.ts";
import { unavailable } from "../../../registry/errors.ts";
import type { Signatures } from "../../../policies/artifact.ts";
import { signers as check } from "../../../policies/checks/signers.ts";
import { requireSigners } from "../../../policies/signers/evaluate-signatures.ts";
import type { RequiredSigners } from "../../../policies/policy.ts";
import { compileSigner } from "../../../policies/language/signer.ts";
import { genericArtifact, type BuiltArtifact } from "../../support/artifacts.ts";
import { createMemorySource, type MemorySource } from "../../support/memory-source.ts";
import {
  attached,
  bundleOf,
  makeTestKey,
  signWith,
  simpleSigning,
  statementAbout,
  type TestKey,
  requireKeys,
} from "../../support/signatures.ts";

const repository = "quay.io/acme/evals";
const artifact = genericArtifact();
const other = genericArtifact({ "dev.assaygate.model.name": "mistral-7b" });
const ours = makeTestKey();
const theirs = makeTestKey();
const { digest } = artifact;
const tag = `${digest.replace(":", "-")}.sig`;

function look(source: MemorySource, required = requireKeys(1, ours), trust: Trust = noTrust): Promise<Signatures> {
  return createSignatureCache(source, () => trust).lookUp(repository, digest, [required], AbortSignal.timeout(5_000));
}

/** What the check says of the artifact with these attached. */
async function reasonFor(
  attachments: readonly BuiltArtifact[],
  required = requireKeys(1, ours),
  tagged?: BuiltArtifact,
): Promise<string> {
  const source = createMemorySource(artifact, ...attachments, ...(tagged === undefined ? [] : [tagged]));
  if (tagged !== undefined) source.tag(tag, tagged.digest);
  return outcomeOf(await look(source, required), required);
}

function outcomeOf(signatures: Signatures, required: RequiredSigners): string {
  const input = { evaluation: { signatures }, requirement: { signers: required } };
  const result = check.run(input as Parameters<typeof check.run>[0]);
  if ("outcome" in result) return "reason" in result ? result.reason : result.outcome;
  return result.map(({ reason }) => reason).join();
}

const good = attached(bundleOf(ours, statementAbout(digest)), digest);
const messageBundle = (key: TestKey, bytes: Buffer) => ({
  mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
  verificationMaterial: { publicKey: { hint: key.hint } },
  messageSignature: {
    messageDigest: { algorithm: "SHA2_256", digest: Buffer.from(digest.slice(7), "hex").toString("base64") },
    signature: signWith(key, bytes).toString("base64"),
  },
});

describe("a signature that holds", () => {
  it.each(["P-256", "P-384", "RSA", "Ed25519"] as const)("by a key %s, in a bundle and under a tag", async (kind) => {
    const key = makeTestKey(kind);
    expect(await reasonFor([attached(bundleOf(key, statementAbout(digest)), digest)], requireKeys(1, key))).toBe(
      "pass",
    );
    expect(await reasonFor([], requireKeys(1, key), simpleSigning(key, digest))).toBe("pass");
  });

  it("over the manifest's bytes", async () => {
    expect(await reasonFor([attached(messageBundle(ours, artifact.manifest), digest)])).toBe("pass");
  });

  it("with one by a stranger beside it, in whatever order", async () => {
    const strange = attached(bundleOf(theirs, statementAbout(digest)), digest);
    expect(await reasonFor([strange, good])).toBe("pass");
    expect(await reasonFor([good, strange])).toBe("pass");
  });

  it("with a broken one beside it", async () => {
    expect(await reasonFor([attached(Buffer.from("{"), digest), good])).toBe("pass");
  });
});

describe("an attack", () => {
  const twoSignatures = (): BuiltArtifact => {
    const bundle = bundleOf(ours, statementAbout(digest)) as { dsseEnvelope: { signatures: unknown[] } };
    const { dsseEnvelope } = bundle;
    const signatures = [...dsseEnvelope.signatures, ...dsseEnvelope.signatures];
    return attached({ ...bundle, dsseEnvelope: { ...dsseEnvelope, signatures } }, digest);
  };
  const foreignHint = bundleOf(theirs, statementAbout(digest), {
    verificationMaterial: { publicKey: { hint: ours.hint } },
  });

  it.each<[string, readonly BuiltArtifact[], string]>([
    ["no signature at all", [], "SIGNATURE_MISSING"],
    ["another's signature", [attached(bundleOf(theirs, statementAbout(digest)), digest)], "SIGNER_NOT_TRUSTED"],
    ["another's signature under our hint", [attached(foreignHint, digest)], "SIGNATURE_INVALID"],
    [
      "ours, over another artifact (T22)",
      [attached(bundleOf(ours, statementAbout(other.digest)), digest)],
      "SIGNATURE_INVALID",
    ],
    [
      "ours, over another artifact's bytes (T22)",
      [attached(messageBundle(ours, other.manifest), digest)],
      "SIGNATURE_INVALID",
    ],
    [
      "ours, an attestation and no signature (T22)",
      [attached(bundleOf(ours, statementAbout(digest, { predicateType: "https://slsa.dev/provenance/v1" })), digest)],
      "SIGNATURE_INVALID",
    ],
    [
      "ours, a statement without a subject",
      [attached(bundleOf(ours, statementAbout(digest, { subject: [] })), digest)],
      "SIGNATURE_INVALID",
    ],
    ["ours, over no statement", [attached(bundleOf(ours, Buffer.from("not json")), digest)], "SIGNATURE_INVALID"],
    [
      "a bundle that is no bundle (T23)",
      [attached({ mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json" }, digest)],
      "SIGNATURE_INVALID",
    ],
    [
      "a bundle without a signature (T23)",
      [attached({ ...bundleOf(ours, statementAbout(digest)), dsseEnvelope: undefined }, digest)],
      "SIGNATURE_INVALID",
    ],
    ["one signature twice in a bundle", [twoSignatures()], "SIGNATURE_INVALID"],
    [
      "our signature of another artifact, listed here (T14)",
      [attached(bundleOf(ours, statementAbout(digest)), other.digest)],
      "SIGNATURE_MISSING",
    ],
  ])("%s: %s", async (_, attachments, reason) => {
    expect(await reasonFor(attachments)).toBe(reason);
  });

  it.each<[string, BuiltArtifact, string]>([
    ["another's", simpleSigning(theirs, digest), "SIGNER_NOT_TRUSTED"],
    ["ours, over another artifact (T22)", simpleSigning(ours, other.digest), "SIGNATURE_INVALID"],
    ["ours, of another type", simpleSigning(ours, digest, { type: "atomic container signature" }), "SIGNATURE_INVALID"],
    ["no signature", genericArtifact(), "SIGNATURE_INVALID"],
  ])("under the tag, %s: %s", async (_, tagged, reason) => {
    expect(await reasonFor([], requireKeys(1, ours), tagged)).toBe(reason);
  });

  it("a signature that must be in a log, and is not", async () => {
    const signer = compileSigner({ cosign: { publicKey: ours.pem } });
    if (typeof signer === "string") throw new Error(signer);
    expect(await reasonFor([good], { any: [signer], threshold: 1 })).toBe("SIGNATURE_INVALID");
    expect(await reasonFor([], { any: [signer], threshold: 1 }, simpleSigning(ours, digest))).toBe("SIGNATURE_INVALID");
  });
});

describe("a threshold", () => {
  const second = attached(bundleOf(theirs, statementAbout(digest)), digest);

  it("is met by two who signed", async () => {
    expect(await reasonFor([good, second], requireKeys(2, ours, theirs))).toBe("pass");
  });

  it("is not met by one who signed twice, in two layouts", async () => {
    const again = attached(bundleOf(ours, statementAbout(digest)), digest, { annotations: { again: "yes" } });
    expect(await reasonFor([good, again], requireKeys(2, ours, theirs), simpleSigning(ours, digest))).toBe(
      "SIGNER_NOT_TRUSTED",
    );
  });

  it("is not met by one key that is written in two ways", async () => {
    const spaced = { ...ours, pem: `\n${ours.pem}\n` };
    const required = requireKeys(2, ours, spaced);
    const signatures = await look(createMemorySource(artifact, good), required);
    if (signatures.kind !== "checked") throw new Error(signatures.kind);
    expect(requireSigners(required, signatures.verified)).toHaveLength(1);
    expect(outcomeOf(signatures, required)).toBe("SIGNER_NOT_TRUSTED");
  });
});

describe("the store", () => {
  it("asks once, and verifies once, for as long as it remembers", async () => {
    const source = createMemorySource(artifact, good);
    const store = createSignatureCache(source, () => noTrust);
    const required = [requireKeys(1, ours)];
    expect(store.peek(repository, digest, required)).toBeUndefined();
    const first = await store.lookUp(repository, digest, required, AbortSignal.timeout(5_000));
    const asked = source.requests.length;
    expect(store.peek(repository, digest, required)).toBe(first);
    expect(source.requests).toHaveLength(asked);
  });

  it("verifies anew under another trust, and asks nobody", async () => {
    const source = createMemorySource(artifact, good);
    let trust: Trust = noTrust;
    const store = createSignatureCache(source, () => trust);
    const first = await store.lookUp(repository, digest, [requireKeys(1, ours)], AbortSignal.timeout(5_000));
    const asked = source.requests.length;
    trust = { ...noTrust };
    const again = store.peek(repository, digest, [requireKeys(1, ours)]);
    expect(again).toEqual(first);
    expect(again).not.toBe(first);
    expect(source.requests).toHaveLength(asked);
  });

  it("looks for other signers where what was read was enough for the first, and then everywhere", async () => {
    const source = createMemorySource(artifact, good);
    const store = createSignatureCache(source, () => noTrust);
    await store.lookUp(repository, digest, [requireKeys(1, ours)], AbortSignal.timeout(5_000));
    expect(store.peek(repository, digest, [requireKeys(1, theirs)])).toBeUndefined();
    const others = [requireKeys(1, theirs)];
    expect(await store.lookUp(repository, digest, others, AbortSignal.timeout(5_000))).toMatchObject({ verified: [] });
    const asked = source.requests.length;
    const unknown = [requireKeys(1, makeTestKey())];
    expect(store.peek(repository, digest, unknown)).toMatchObject({ seen: 1, verified: [] });
    expect(source.requests).toHaveLength(asked);
  });

  it("sees a signature that is made after a denial (T72)", async () => {
    const source = createMemorySource(artifact);
    let now = 1_000;
    const store = createSignatureCache(source, () => noTrust, {}, { now: () => now });
    const required = [requireKeys(1, ours)];
    expect(await store.lookUp(repository, digest, required, AbortSignal.timeout(5_000))).toMatchObject({ seen: 0 });
    source.push(good);
    now += 6_000;
    expect(store.peek(repository, digest, required)).toBeUndefined();
    expect(await store.lookUp(repository, digest, required, AbortSignal.timeout(5_000))).toMatchObject({ seen: 1 });
  });

  it("looks again for one who is not content, and not for one who is (T72)", async () => {
    const source = createMemorySource(artifact, good);
    let now = 1_000;
    const store = createSignatureCache(source, () => noTrust, {}, { now: () => now });
    const [one, two] = [[requireKeys(1, ours)], [requireKeys(2, ours, theirs)]];
    await store.lookUp(repository, digest, one, AbortSignal.timeout(5_000));
    now += 6_000;
    expect(store.peek(repository, digest, one)).toMatchObject({ seen: 1 });
    expect(store.peek(repository, digest, two)).toBeUndefined();
    source.push(attached(bundleOf(theirs, statementAbout(digest)), digest));
    expect(await store.lookUp(repository, digest, two, AbortSignal.timeout(5_000))).toMatchObject({ seen: 2 });
    const asked = source.requests.length;
    expect(store.peek(repository, digest, one)).toMatchObject({ seen: 1 });
    expect(source.requests).toHaveLength(asked);
  });

  it("does not remember that it could not look", async () => {
    const source = createMemorySource(artifact, good);
    source.intercept = (request) => {
      if (request.startsWith("referrers")) throw unavailable("no-answer", "down");
      return undefined;
    };
    const store = createSignatureCache(source, () => noTrust);
    const required = [requireKeys(1, ours)];
    const found = await store.lookUp(repository, digest, required, AbortSignal.timeout(5_000));
    expect(found).toEqual({ kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "down" });
    expect(outcomeOf(found, requireKeys(1, ours))).toBe("REGISTRY_UNAVAILABLE");
    source.intercept = () => undefined;
    expect(await store.lookUp(repository, digest, required, AbortSignal.timeout(5_000))).toMatchObject({ seen: 1 });
  });
});

describe("a signer in a policy", () => {
  it.each([
    ["a key that is none", { publicKey: "secret" }, "not a public key in PEM"],
    ["a key in two ways", { publicKey: ours.pem, keyRef: "ci.pub" }, "expected one of"],
    ["a key outside the folder", { keyRef: "../etc/passwd" }, "without a folder"],
    ["an identity without its issuer", { identity: "ci@acme.example" }, "both issuer and identity"],
    [
      "an issuer with a wildcard (T24)",
      { issuer: "https://*.example", identity: "ci@acme.example" },
      "compared exactly",
    ],
    ["an identity of any host (T24)", { issuer: "https://a", identity: "https://*/acme/x" }, "domain is fixed"],
    ["an identity whose domain goes on (T24)", { issuer: "https://a", identity: "ci@acme.*" }, "domain is fixed"],
    ["an identity of everybody (T24)", { issuer: "https://a", identity: "*" }, "domain is fixed"],
  ])("refuses %s", (_, cosign, words) => {
    expect(compileSigner({ cosign })).toEqual(expect.stringContaining(words));
  });

  it.each([
    ["https://github.com/acme/evals/.github/workflows/eval.yml@refs/heads/main", true],
    ["https://github.com/acme/evals/.github/workflows/eval.yml@refs/tags/v1", false],
    ["https://github.com/evil-acme/evals/.github/workflows/eval.yml@refs/heads/main", false],
    ["https://evil.example/https://github.com/acme/evals/.github/workflows/eval.yml@refs/heads/main", false],
    ["https://github.com/acme/evals/.github/workflows/eval.yml@refs/heads/main-evil/", false],
  ])("is anchored at both ends: %s: %s (T24)", (identity, expected) => {
    const issuer = "https://token.actions.githubusercontent.com";
    const signer = compileSigner({
      cosign: { issuer, identity: "https://github.com/acme/*/.github/workflows/eval.yml@refs/heads/main" },
    });
    if (typeof signer === "string" || signer.kind !== "identity") throw new Error("no identity");
    expect(signer.isNamed(identity)).toBe(expected);
  });
});
