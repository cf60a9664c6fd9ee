import { describe, expect, it } from "@jest/globals";
import type { AttachedSignature, SimpleSigning, Target } from "../../../evidence/signature/attached-signature.ts";
import type { RejectionCode } from "../../../evidence/signature/rejection.ts";
import { noTrust } from "../../../evidence/signature/trust.ts";
import { verifySignature } from "../../../evidence/signature/verify.ts";
import { compileSigner } from "../../../policies/language/signer.ts";
import { genericArtifact, type Json } from "../../support/artifacts.ts";
import { bundleOf, makeTestKey, signWith, statementAbout, type TestKey } from "../../support/signatures.ts";

const { digest, manifest } = genericArtifact();
const other = genericArtifact({ "dev.assaygate.model.name": "mistral-7b" });
const target: Target = { digest, manifest };
const ours = makeTestKey();
const theirs = makeTestKey();

type Cosign = NonNullable<Parameters<typeof compileSigner>[0]["cosign"]>;
const byOurs: Cosign = { publicKey: ours.pem, transparencyLog: "NotRequired" };
const byIdentity: Cosign = { issuer: "https://a.example", identity: "ci@acme.example" };

async function codeOf(attached: AttachedSignature, cosign = byOurs): Promise<RejectionCode | "verified"> {
  const signer = compileSigner({ cosign });
  if (typeof signer === "string") throw new Error(signer);
  const verdict = await verifySignature(attached, target, signer, noTrust, new Date());
  return "identity" in verdict ? "verified" : verdict.code;
}

const bundle = (content: Json | Buffer, kind: "bundle" | "attestation" = "bundle"): AttachedSignature => ({
  kind,
  bytes: Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content)),
});
const statement = (over: Json = {}): AttachedSignature => bundle(bundleOf(ours, statementAbout(digest, over)));
const payloadAbout = (about: string, type = "cosign container image signature"): Buffer =>
  Buffer.from(JSON.stringify({ critical: { identity: {}, image: { "docker-manifest-digest": about }, type } }));
const older = (key: TestKey, payload: Buffer, over: Partial<SimpleSigning> = {}): AttachedSignature => ({
  kind: "simple-signing",
  payload,
  signature: signWith(key, payload).toString("base64"),
  certificate: undefined,
  logEntry: undefined,
  timestamp: undefined,
  ...over,
});
const messageBundle = {
  ...bundleOf(ours, {}),
  dsseEnvelope: undefined,
  messageSignature: {
    messageDigest: { algorithm: "SHA2_256", digest: Buffer.alloc(32).toString("base64") },
    signature: signWith(ours, manifest).toString("base64"),
  },
};
const envelope = (over: Json): AttachedSignature => {
  const { dsseEnvelope, ...rest } = bundleOf(ours, statementAbout(digest)) as { dsseEnvelope: Json };
  return bundle({ ...rest, dsseEnvelope: { ...dsseEnvelope, ...over } });
};
const hinted = bundleOf(theirs, statementAbout(digest), { verificationMaterial: { publicKey: { hint: ours.hint } } });

describe("a signature of cosign's is rejected with the code for the step that fails", () => {
  it.each<[string, RejectionCode | "verified", AttachedSignature, Cosign?]>([
    ["nothing, in a bundle", "verified", statement()],
    ["nothing, under the tag", "verified", older(ours, payloadAbout(digest))],
    ["nothing, over the bytes", "verified", bundle(messageBundle)],
    ["it cannot be read", "SIGNATURE_UNREADABLE", { kind: "broken", message: "gone" }],
    ["an envelope of the Notary Project", "FORMAT_MISMATCH", { kind: "notation", bytes: manifest }],
    ["the policy's key is not there", "KEY_UNUSABLE", statement(), { keyRef: "absent.pub" }],
    ["not a bundle", "BUNDLE_MALFORMED", bundle(Buffer.from("{"))],
    ["a key, for an identity", "SIGNED_WITH_MISMATCH", statement(), byIdentity],
    ["a key under the tag, for an identity", "SIGNED_WITH_MISMATCH", older(ours, payloadAbout(digest)), byIdentity],
    ["a certificate, for a key", "SIGNED_WITH_MISMATCH", older(ours, payloadAbout(digest), { certificate: "x" })],
    ["no trusted root", "TRUSTED_ROOT_MISSING", statement(), { publicKey: ours.pem }],
    [
      "no trusted root, for an identity",
      "TRUSTED_ROOT_MISSING",
      older(ours, manifest, { certificate: "x" }),
      byIdentity,
    ],
    ["no signature", "BUNDLE_MALFORMED", envelope({ signatures: [] })],
    ["two signatures", "BUNDLE_MALFORMED", envelope({ signatures: [{ sig: "AAAA" }, { sig: "AAAA" }] })],
    ["another key", "KEY_MISMATCH", bundle(bundleOf(theirs, statementAbout(digest)))],
    ["another key, under the tag", "KEY_MISMATCH", older(theirs, payloadAbout(digest))],
    ["another key under this one's name", "SIGNATURE_INVALID", bundle(hinted)],
    ["another type of payload", "SIGNATURE_INVALID", envelope({ payloadType: "text/plain" })],
    ["not a statement", "STATEMENT_MALFORMED", bundle(bundleOf(ours, Buffer.from("not json")))],
    ["an attestation", "PREDICATE_TYPE_UNKNOWN", statement({ predicateType: "https://slsa.dev/provenance/v1" })],
    ["another artifact", "TARGET_MISMATCH", bundle(bundleOf(ours, statementAbout(other.digest)))],
    ["another artifact, under the tag", "TARGET_MISMATCH", older(ours, payloadAbout(other.digest))],
    ["another type, under the tag", "PAYLOAD_MALFORMED", older(ours, payloadAbout(digest, "atomic"))],
    ["evidence that is not a statement", "STATEMENT_MISSING", bundle(messageBundle, "attestation")],
  ])("%s: %s", async (...[, code, attached, cosign]) => {
    expect(await codeOf(attached, cosign)).toBe(code);
  });
});
