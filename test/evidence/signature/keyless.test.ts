import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { parseTrustedRoot, type Trust } from "../../../evidence/signature/trust.ts";
import type { Target } from "../../../evidence/signature/attached-signature.ts";
import { type Verdict, verifySignature } from "../../../evidence/signature/verify.ts";
import { compileSigner } from "../../../policies/language/signer.ts";
import { genericArtifact, type Json } from "../../support/artifacts.ts";
import { bundleOf, makeTestKey, statementAbout } from "../../support/signatures.ts";
import { startSigstore, type Identity, type TestSigstore } from "../../support/sigstore.ts";

const { digest, manifest } = genericArtifact();
const other = genericArtifact({ "dev.assaygate.model.name": "mistral-7b" });
const target: Target = { digest, manifest };
const pipeline: Identity = {
  issuer: "https://token.actions.githubusercontent.com",
  identity: "https://github.com/acme/evals/.github/workflows/eval.yml@refs/heads/main",
};

let sigstore: TestSigstore;
let another: TestSigstore;
let trust: Trust;

beforeAll(async () => {
  [sigstore, another] = await Promise.all([startSigstore(), startSigstore()]);
  trust = { root: parseTrustedRoot(sigstore.trustedRoot), keys: new Map(), stores: new Map() };
});
afterAll(async () => {
  await sigstore?.[Symbol.asyncDispose]();
  await another?.[Symbol.asyncDispose]();
});

function verify(
  bundle: Json,
  cosign: Parameters<typeof compileSigner>[0]["cosign"] = pipeline,
  under: Trust = trust,
): Verdict {
  const signer = compileSigner({ cosign });
  if (typeof signer === "string") throw new Error(signer);
  const verdict = verifySignature(
    { kind: "bundle", bytes: Buffer.from(JSON.stringify(bundle)) },
    target,
    signer,
    under,
    new Date(),
  );
  if (verdict instanceof Promise) throw new TypeError("a signature of cosign's is verified at once");
  return verdict;
}

const unlogged = { ...pipeline, transparencyLog: "NotRequired" } as const;
const holds = { identity: `${pipeline.identity} of ${pipeline.issuer}` };

describe("a certificate's signature", () => {
  it("over the artifact, recorded in the log, holds", async () => {
    expect(verify(await sigstore.signBytes(manifest, pipeline))).toMatchObject(holds);
  });

  it("in a statement, with a timestamp, holds where no log is required", async () => {
    const bundle = await sigstore.signStatement(statementAbout(digest), pipeline);
    expect(verify(bundle, unlogged)).toMatchObject(holds);
    expect(verify(bundle)).toMatchObject({ kind: "invalid" });
  });

  it("holds for a pattern with a fixed domain", async () => {
    const identity = "https://github.com/acme/evals/.github/workflows/*@refs/heads/main";
    expect(verify(await sigstore.signBytes(manifest, pipeline), { ...pipeline, identity })).toMatchObject(holds);
  });

  it.each<[string, Identity]>([
    ["another workflow", { ...pipeline, identity: `${pipeline.identity}-evil` }],
    ["a prefix (T24)", { ...pipeline, identity: `https://evil.example/${pipeline.identity}` }],
    ["another issuer (T24)", { ...pipeline, issuer: "https://evil.example" }],
    ["an issuer that looks like it (T24)", { ...pipeline, issuer: `${pipeline.issuer}.evil.example` }],
    [
      "the issuer, with a dot for any character (T24)",
      { ...pipeline, issuer: "https://tokenxactions.githubusercontent.com" },
    ],
  ])("by %s is not trusted, and is named", async (_, by) => {
    const found = verify(await sigstore.signBytes(manifest, by));
    expect(found).toMatchObject({
      kind: "other-signer",
      code: "IDENTITY_NOT_TRUSTED",
      message: `signed by ${by.identity} of ${by.issuer}`,
    });
  });

  it("over another artifact does not hold (T22)", async () => {
    expect(verify(await sigstore.signBytes(other.manifest, pipeline))).toMatchObject({ kind: "invalid" });
    const bundle = await sigstore.signStatement(statementAbout(other.digest), pipeline);
    expect(verify(bundle, unlogged)).toMatchObject({ kind: "invalid", code: "TARGET_MISMATCH" });
  });

  it("of another authority does not hold", async () => {
    expect(verify(await another.signBytes(manifest, pipeline))).toMatchObject({ kind: "invalid" });
  });

  it("with the log entry of another signature does not hold (T22)", async () => {
    const bundle = (await sigstore.signBytes(manifest, pipeline)) as { verificationMaterial: Json };
    const replayed = (await sigstore.signBytes(other.manifest, pipeline)) as { verificationMaterial: Json };
    const { tlogEntries } = replayed.verificationMaterial;
    const mixed = { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, tlogEntries } };
    expect(verify(mixed)).toMatchObject({ kind: "invalid" });
  });

  it("without its log entry, or its timestamp, does not hold (T23)", async () => {
    const bundle = (await sigstore.signBytes(manifest, pipeline)) as { verificationMaterial: Json };
    const stripped = { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, tlogEntries: [] } };
    expect(verify(stripped)).toMatchObject({ kind: "invalid" });
    expect(verify(stripped, unlogged)).toMatchObject({ kind: "invalid" });
  });

  it("made when its authority was not valid does not hold (T25)", async () => {
    const root = JSON.parse(sigstore.trustedRoot) as { certificateAuthorities: [Json] };
    const validFor = { start: "2020-01-01T00:00:00Z", end: "2021-01-01T00:00:00Z" };
    const ended = { ...root, certificateAuthorities: [{ ...root.certificateAuthorities[0], validFor }] };
    const under = { root: parseTrustedRoot(JSON.stringify(ended)), keys: new Map(), stores: new Map() };
    expect(verify(await sigstore.signBytes(manifest, pipeline), pipeline, under)).toMatchObject({ kind: "invalid" });
  });

  it("cannot be checked without a trusted root, and says so", async () => {
    const under = { root: undefined, keys: new Map(), stores: new Map() };
    const found = verify(await sigstore.signBytes(manifest, pipeline), pipeline, under);
    expect(found).toMatchObject({
      kind: "invalid",
      code: "TRUSTED_ROOT_MISSING",
      message: expect.stringContaining("signatures.trustedRoot"),
    });
  });

  it("is none of a key's, and the other way round", async () => {
    const key = makeTestKey();
    const certified = await sigstore.signBytes(manifest, pipeline);
    expect(verify(certified, { publicKey: key.pem })).toMatchObject({ kind: "other-signer" });
    expect(verify(bundleOf(key, statementAbout(digest)))).toMatchObject({ kind: "other-signer" });
  });
});

it.each(["{}", '{"mediaType": "application/json"}'])("%s is no trusted root", (text) => {
  expect(() => parseTrustedRoot(text)).toThrow("not a Sigstore trusted root");
});
