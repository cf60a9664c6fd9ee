import { sign, type KeyObject, createPublicKey } from "node:crypto";
import type { Digest } from "../../policies/digest.ts";
import { encodePreAuth } from "../../evidence/signature/raw-signature.ts";
import { getHint } from "../../evidence/signature/trust.ts";
import { unavailable } from "../../registry/errors.ts";
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
  statement: UnsignedStatement,
  key: KeyObject,
  now: Date,
  signal: AbortSignal,
): Promise<Digest> {
  await checkReferrersSeen(at.source, repository, subject.digest, signal);
  const find = (): Promise<Digest | undefined> =>
    findSignature(at.source, repository, subject.digest, key, now, signal, statement);
  const before = await find();
  if (before !== undefined) return before;
  const { payload, predicateType, kind } = statement;
  const json = signByKey(payload, key);
  const attached = await attachBundle(at, repository, subject, { json, predicateType }, now, signal);
  if (kind !== "revocation") return attached;
  const after = await find();
  if (after !== undefined) return after;
  throw unavailable(
    "no-answer",
    "the revocation was attached, and is not found as a gate looks for it: it may not count",
  );
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
