import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parseTrustedRoot, type Trust } from "../../../evidence/signature/trust.ts";
import { type Verdict, verifySignature } from "../../../evidence/signature/verify.ts";
import { compileSigner } from "../../../policies/language/signer.ts";
import { artifactOf, genericArtifact } from "../../support/artifacts.ts";
import { readAttestation } from "../../support/attestations.ts";

/** What npm published with sigstore 2.0.0, as sigstore-go carries it, and the public good instance's root of that time. */
const read = (name: string): Buffer => readFileSync(join(import.meta.dirname, "fixture", name));
const bytes = read("public-good-provenance.sigstore.json");
const trust: Trust = {
  root: parseTrustedRoot(read("public-good-trusted-root.json").toString("utf8")),
  keys: new Map(),
  stores: new Map(),
};
const npm = {
  issuer: "https://token.actions.githubusercontent.com",
  identity: "https://github.com/sigstore/sigstore-js/.github/workflows/release.yml@refs/heads/main",
};

function verify(
  bundle: Buffer,
  cosign: Partial<typeof npm> = {},
  under: Trust = trust,
  kind: "attestation" | "bundle" = "attestation",
): Verdict {
  const signer = compileSigner({ cosign: { ...npm, ...cosign } });
  if (typeof signer === "string") throw new Error(signer);
  // Long after the certificate's ten minutes: what counts is the log's time.
  const verdict = verifySignature(
    { kind, bytes: bundle },
    genericArtifact(),
    signer,
    under,
    new Date("2026-11-24T00:00:00Z"),
  );
  if (verdict instanceof Promise) throw new TypeError("a signature of cosign's is verified at once");
  return verdict;
}

describe("a bundle of Sigstore's public good instance", () => {
  it("verifies offline, long after its certificate expired", () => {
    expect(verify(bytes)).toMatchObject({ identity: `${npm.identity} of ${npm.issuer}` });
  });

  it.each([
    ["another issuer", { issuer: "https://accounts.google.com" }],
    ["another workflow", { identity: `${npm.identity}-2` }],
    ["a prefix of it", { identity: npm.identity.slice(0, -1) }],
  ])("%s is another signer", (_, over) => {
    expect(verify(bytes, over)).toMatchObject({ kind: "other-signer" });
  });

  it("a changed payload does not hold", () => {
    const bundle = JSON.parse(bytes.toString("utf8"));
    const payload = Buffer.from(bundle.dsseEnvelope.payload, "base64").toString("utf8").replace("2.0.0", "2.0.1");
    bundle.dsseEnvelope.payload = Buffer.from(payload).toString("base64");
    expect(verify(Buffer.from(JSON.stringify(bundle)))).toMatchObject({ kind: "invalid" });
  });

  it.each(["ctlogs", "tlogs", "certificateAuthorities"] as const)("without the root's %s it does not hold", (part) => {
    const root = trust.root && { ...trust.root, [part]: [] };
    expect(verify(bytes, {}, { ...trust, root })).toMatchObject({ kind: "invalid" });
  });

  it("attached to an artifact it vouches for nothing", () => {
    expect(verify(bytes, {}, trust, "bundle")).toMatchObject({
      code: "PREDICATE_TYPE_UNKNOWN",
      message: expect.stringContaining("an attestation of type https://slsa.dev/provenance/v1"),
    });
  });

  it("is no evidence: provenance says how a thing was built, not how it was evaluated", async () => {
    const type = "application/vnd.dev.sigstore.bundle.v0.3+json";
    expect(await readAttestation(artifactOf([{ bytes, mediaType: type }], { artifactType: type }))).toMatchObject({
      kind: "refused",
      reason: "ARTIFACT_INVALID",
      message: "a statement of type https://slsa.dev/provenance/v1 is not an evaluation",
    });
  });
});
