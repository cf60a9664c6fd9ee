import { createPublicKey, type KeyObject } from "node:crypto";
import type { Digest } from "../../policies/digest.ts";
import { compileSigner } from "../../policies/language/signer.ts";
import type { AttachedSignatures } from "../../evidence/signature/attached-signature.ts";
import { findAttachedSignatures } from "../../evidence/signature/find-attached.ts";
import { noTrust } from "../../evidence/signature/trust.ts";
import { verifySignature } from "../../evidence/signature/verify.ts";
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
): Promise<Digest | undefined> {
  const publicKey = createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
  const signer = compileSigner({ cosign: { publicKey, transparencyLog: "NotRequired" } });
  if (typeof signer === "string") return undefined;
  const holding = ({ all, manifest }: AttachedSignatures): Digest | undefined => {
    const found = all.find(
      (signature) => "identity" in verifySignature(signature, { digest, manifest }, signer, noTrust, now),
    );
    return found !== undefined && "from" in found ? found.from : undefined;
  };
  const wanted = { signers: [signer], isEnough: (some: AttachedSignatures) => holding(some) !== undefined };
  return holding(await findAttachedSignatures(source, repository, digest, wanted, signal));
}
