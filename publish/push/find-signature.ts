import { createPublicKey, type KeyObject } from "node:crypto";
import * as z from "zod";
import type { Digest } from "../../policies/digest.ts";
import { compileSigner } from "../../policies/language/signer.ts";
import type { Signer } from "../../policies/signer.ts";
import type { AttachedSignature, AttachedSignatures } from "../../evidence/signature/attached-signature.ts";
import { findAttachedSignatures, type SignatureSearch } from "../../evidence/signature/find-attached.ts";
import { noTrust, type Trust } from "../../evidence/signature/trust.ts";
import { verifySignature } from "../../evidence/signature/verify.ts";
import type { UnsignedStatement } from "./statement.ts";
import { parseStrictJson } from "../../registry/strict-json.ts";
import type { Source } from "../../registry/source.ts";

/**
 * The manifest with a signature of this digest by the same key, in any of cosign's forms, where there is one that holds: as a
 * gate looks for it, within its limits. What cannot be seen counts as missing.
 */
export async function findSignature(
  source: Source,
  repository: string,
  digest: Digest,
  key: KeyObject,
  now: Date,
  signal: AbortSignal,
  statement: SignatureQuery["statement"],
): Promise<Digest | undefined> {
  const publicKey = createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
  const signer = compileSigner({ cosign: { publicKey, transparencyLog: "NotRequired" } });
  if (typeof signer === "string") return undefined;
  return findSignatureOf(source, repository, digest, { signer, trust: noTrust, now, statement }, signal);
}

/** Whose signature is looked for, and what it is verified by. */
export interface SignatureQuery {
  readonly signer: Signer;
  readonly trust: Trust;
  readonly now: Date;
  /** What must be signed: evidence byte for byte; a signature, or a revocation, whatever else it says. */
  readonly statement: Pick<UnsignedStatement, "kind" | "payload">;
}

/** As {@link findSignature}, of any signer. */
export async function findSignatureOf(
  source: Source,
  repository: string,
  digest: Digest,
  { signer, trust, now, statement }: SignatureQuery,
  signal: AbortSignal,
): Promise<Digest | undefined> {
  const findHolding = async ({ all, manifest }: AttachedSignatures): Promise<Digest | undefined> => {
    for (const one of all) {
      const signature = statement.kind === "attestation" ? toAttestation(one, statement.payload) : one;
      if (signature === undefined) continue;
      const verdict = await verifySignature(signature, { digest, manifest }, signer, trust, now);
      if ("identity" in verdict) return "from" in signature ? signature.from : undefined;
    }
    return undefined;
  };
  const search: SignatureSearch = {
    of: statement.kind === "revocation" ? "revocation" : "artifact",
    signers: [signer],
    isEnough: async (some) => (await findHolding(some)) !== undefined,
  };
  return findHolding(await findAttachedSignatures(source, repository, digest, search, signal));
}

const envelope = z.object({ dsseEnvelope: z.object({ payload: z.base64() }) });

/** A bundle as the evidence that it holds, where it holds exactly this statement. */
function toAttestation(one: AttachedSignature, payload: Uint8Array): AttachedSignature | undefined {
  if (one.kind !== "bundle") return undefined;
  const parsed = envelope.safeParse(parseBundle(one.bytes));
  if (!parsed.success || !Buffer.from(parsed.data.dsseEnvelope.payload, "base64").equals(payload)) return undefined;
  return { ...one, kind: "attestation" };
}

function parseBundle(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes);
  } catch {
    return undefined;
  }
}
