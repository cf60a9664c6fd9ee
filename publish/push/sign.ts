import { sign, type KeyObject, createPublicKey } from "node:crypto";
import type { Digest } from "../../policies/digest.ts";
import { encodePreAuth } from "../../evidence/signature/raw-signature.ts";
import { getHint } from "../../evidence/signature/trust.ts";
import { attachBundle, bundleType, checkReferrersSeen, type ReadWrite } from "./attach-bundle.ts";
import { findSignature } from "./find-signature.ts";
import type { Subject } from "./image.ts";
import { selectHash } from "./private-key.ts";
import { makeSignStatement, statementType, type UnsignedStatement } from "./statement.ts";

/**
 * Signs an artifact as cosign 3 does with a key: a statement about its digest, in a bundle that refers to it, unless the key
 * has signed it already. Returns the digest of the manifest that holds the signature, once it can be found. Throws
 * RegistryError, and PublishError for a key of another kind.
 */
export function signArtifact(
  at: ReadWrite,
  repository: string,
  subject: Subject,
  key: KeyObject,
  now: Date,
  signal: AbortSignal,
): Promise<Digest> {
  return signStatement(at, repository, subject, makeSignStatement(subject.digest), key, now, signal);
}

/** As {@link signArtifact}, any statement about the subject. */
export async function signStatement(
  at: ReadWrite,
  repository: string,
  subject: Subject,
  { payload, predicateType, kind }: UnsignedStatement,
  key: KeyObject,
  now: Date,
  signal: AbortSignal,
): Promise<Digest> {
  await checkReferrersSeen(at.source, repository, subject.digest, signal);
  const attestation = kind === "attestation" ? payload : undefined;
  const before = await findSignature(at.source, repository, subject.digest, key, now, signal, attestation);
  if (before !== undefined) return before;
  const json = signByKey(payload, key);
  return attachBundle(at, repository, subject, { json, predicateType }, now, signal);
}

/**
 * A bundle with the statement, signed. Throws PublishError for a key of another kind.
 * https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
 */
function signByKey(payload: Uint8Array, key: KeyObject): object {
  const signature = sign(selectHash(key), encodePreAuth(statementType, payload), key);
  return {
    mediaType: bundleType,
    verificationMaterial: { publicKey: { hint: getHint(createPublicKey(key)) } },
    dsseEnvelope: {
      payload: Buffer.from(payload).toString("base64"),
      payloadType: statementType,
      signatures: [{ sig: signature.toString("base64") }],
    },
  };
}
