import { bundleFromJSON, type Bundle } from "@sigstore/bundle";
import { toSignedEntity } from "@sigstore/verify";
import { show } from "../../../policies/show.ts";
import { limits } from "../../../registry/limits.ts";
import { parseStrictJson } from "../../../registry/strict-json.ts";
import { statementPayloadType } from "../attestation/statement.ts";
import type { BundleSignature, Target } from "../attached-signature.ts";
import { encodePreAuth } from "../raw-signature.ts";
import { checkModelFiles } from "../model-signing/check-files.ts";
import { SignatureRejection } from "../rejection.ts";
import { checkRevocationSubject } from "../revocation/statement.ts";
import type { CosignSignature } from "./cosign-signature.ts";
import { checkStatementSubject } from "./subject.ts";

/** Reads a Sigstore bundle. Throws SignatureRejection. https://docs.sigstore.dev/about/bundle/ */
export function openBundle({ kind, bytes }: BundleSignature, { digest, manifest }: Target): CosignSignature {
  const bundle = readBundle(bytes);
  const { content, verificationMaterial } = bundle;
  const material = verificationMaterial.content;
  const hint = material.$case === "publicKey" ? material.publicKey.hint : undefined;
  return {
    signedWith: material.$case === "publicKey" ? "key" : "certificate",
    hint,
    readSigned: () => readSigned(content, manifest),
    // A message signature is over the manifest's bytes; a statement carries what it is over.
    toEntity: () =>
      content.$case === "messageSignature" ? toSignedEntity(bundle, Buffer.from(manifest)) : toSignedEntity(bundle),
    checkSubject() {
      if (kind === "bundle" && content.$case === "messageSignature") return;
      const payload = readPayload(content);
      if (kind === "bundle") checkStatementSubject(payload, digest);
      if (kind === "model") checkModelFiles(payload, manifest);
      if (kind === "revocation") checkRevocationSubject(payload, digest);
    },
  };
}

/** The statement in a bundle, unverified. Throws SignatureRejection where there is none. */
export function readStatementIn(bytes: Uint8Array): Uint8Array {
  return readPayload(readBundle(bytes).content);
}

function readSigned(content: Bundle["content"], manifest: Uint8Array): ReturnType<CosignSignature["readSigned"]> {
  if (content.$case === "messageSignature")
    return { bytes: manifest, signatures: [content.messageSignature.signature] };
  const { payload, payloadType, signatures } = content.dsseEnvelope;
  const [signature, ...more] = signatures;
  if (signature === undefined || more.length > 0)
    throw new SignatureRejection(
      "BUNDLE_MALFORMED",
      `expected one signature in the envelope, found ${signatures.length}`,
    );
  return { bytes: encodePreAuth(payloadType, payload), signatures: [signature.sig] };
}

/** A statement that is the artifact itself has been read as it stands: it need not name itself. */
function readPayload(content: Bundle["content"]): Uint8Array {
  if (content.$case === "messageSignature")
    throw new SignatureRejection("STATEMENT_MISSING", "what is signed is not a statement");
  const { payloadType, payload } = content.dsseEnvelope;
  if (payloadType !== statementPayloadType)
    throw new SignatureRejection(
      "PAYLOAD_TYPE_UNKNOWN",
      `what is signed is of type ${show(payloadType)}, not an in-toto statement`,
    );
  return payload;
}

const bundles = new WeakMap<Uint8Array, Bundle | "unreadable">();

/** Parsed once for all signers that ask: the bytes are kept, and what they say with them. */
function readBundle(bytes: Uint8Array): Bundle {
  const bundle = bundles.get(bytes) ?? parseBundle(bytes);
  bundles.set(bytes, bundle);
  if (bundle === "unreadable")
    throw new SignatureRejection(
      "BUNDLE_MALFORMED",
      `it cannot be read as a Sigstore bundle with at most ${limits.witnesses} log entries and ${limits.witnesses} timestamps`,
    );
  return bundle;
}

/** What stands beside an envelope is not signed with it: whoever pushes it can write any number, each of which takes verifying. */
function parseBundle(bytes: Uint8Array): Bundle | "unreadable" {
  try {
    const bundle = bundleFromJSON(parseStrictJson(bytes));
    const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
    const stamps = timestampVerificationData?.rfc3161Timestamps ?? [];
    return Math.max(tlogEntries.length, stamps.length) > limits.witnesses ? "unreadable" : bundle;
  } catch {
    return "unreadable";
  }
}
