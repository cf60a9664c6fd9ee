import { createHash, X509Certificate } from "node:crypto";
import { bundleFromJSON, type Bundle } from "@sigstore/bundle";
import * as z from "zod";
import { parseStrictJson } from "../../../registry/strict-json.ts";
import type { Candidate } from "../find-attached.ts";

export type SimpleSigning = Extract<Candidate, { kind: "simple-signing" }>;

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
 * The same signature in the form of a bundle, over the payload's bytes: certificate, log entry and timestamp are checked by
 * one way for both layouts. Throws for what cannot be read.
 * https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md
 */
export function toBundle({ payload, signature, certificate, logEntry, timestamp }: SimpleSigning): Bundle {
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
