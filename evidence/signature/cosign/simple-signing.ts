import { createHash, X509Certificate } from "node:crypto";
import { bundleFromJSON, type Bundle } from "@sigstore/bundle";
import { toSignedEntity } from "@sigstore/verify";
import * as z from "zod";
import { parseStrictJson } from "../../../registry/strict-json.ts";
import type { SimpleSigning, Target } from "../attached-signature.ts";
import { SignatureRejection } from "../rejection.ts";
import type { CosignSignature } from "./cosign-signature.ts";
import { checkPayloadSubject } from "./subject.ts";

/** Reads a signature of cosign's older layout. https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
export function openSimpleSigning(attached: SimpleSigning, { digest }: Target): CosignSignature {
  const { payload, signature, certificate } = attached;
  return {
    signedWith: certificate === undefined ? "key" : "certificate",
    hint: undefined,
    readSigned: () => ({ bytes: payload, signatures: [Buffer.from(signature, "base64")] }),
    toEntity: () => toSignedEntity(readMaterial(attached), Buffer.from(payload)),
    checkSubject: () => checkPayloadSubject(payload, digest),
  };
}

function readMaterial(attached: SimpleSigning): Bundle {
  try {
    return toBundle(attached);
  } catch (cause) {
    const message = "its certificate, log entry or timestamp cannot be read";
    throw new SignatureRejection("MATERIAL_MALFORMED", message, { cause });
  }
}

/** What Rekor promised, as cosign's older layout keeps it in an annotation. */
const logged = z.object({
  SignedEntryTimestamp: z.base64().min(1),
  Payload: z.object({
    body: z.base64().min(1),
    integratedTime: z.int().nonnegative(),
    logIndex: z.int().nonnegative(),
    logID: z.string().regex(/^[0-9a-f]{64}$/),
  }),
});

const entryKind = z.object({ kind: z.string(), apiVersion: z.string() });

/**
 * The same signature in the form of a bundle, over the payload's bytes: certificate, log entry and timestamp are checked
 * in one way for both layouts. Throws for what cannot be read.
 */
function toBundle({ payload, signature, certificate, logEntry, timestamp }: SimpleSigning): Bundle {
  const rawBytes = certificate === undefined ? undefined : new X509Certificate(certificate).raw.toString("base64");
  const signer =
    rawBytes === undefined ? { publicKey: { hint: "" } } : { x509CertificateChain: { certificates: [{ rawBytes }] } };
  const digest = createHash("sha256").update(payload).digest("base64");
  return bundleFromJSON({
    mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
    verificationMaterial: {
      ...signer,
      tlogEntries: logEntry === undefined ? [] : [toEntry(logEntry)],
      timestampVerificationData: { rfc3161Timestamps: timestamp === undefined ? [] : [toTimestamp(timestamp)] },
    },
    messageSignature: { messageDigest: { algorithm: "SHA2_256", digest }, signature },
  });
}

function toEntry(text: string): object {
  const { SignedEntryTimestamp, Payload } = logged.parse(parseStrictJson(Buffer.from(text)));
  const { kind, apiVersion } = entryKind.parse(parseStrictJson(Buffer.from(Payload.body, "base64")));
  return {
    logIndex: String(Payload.logIndex),
    logId: { keyId: Buffer.from(Payload.logID, "hex").toString("base64") },
    kindVersion: { kind, version: apiVersion },
    integratedTime: String(Payload.integratedTime),
    inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
    canonicalizedBody: Payload.body,
  };
}

const stamped = z.object({ SignedRFC3161Timestamp: z.base64().min(1) });

function toTimestamp(text: string): object {
  return { signedTimestamp: stamped.parse(parseStrictJson(Buffer.from(text))).SignedRFC3161Timestamp };
}
