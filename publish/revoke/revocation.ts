import type { Revocation } from "../../policies/artifact.ts";
import type { Digest } from "../../policies/digest.ts";
import { readStatementIn } from "../../evidence/signature/cosign/bundle.ts";
import { readLayer } from "../../evidence/signature/read-layer.ts";
import { readRevocation, revocationType } from "../../evidence/signature/revocation/statement.ts";
import { RegistryError, unavailable } from "../../registry/errors.ts";
import { readReferrer } from "../../registry/referrers.ts";
import type { Source } from "../../registry/source.ts";
import { makeStatement, type UnsignedStatement } from "../push/statement.ts";

/** The statement that an artifact turned out wrong, for a reason, at a time (RFC 3339). */
export function makeRevocation(digest: Digest, reason: string, revokedAt: string): UnsignedStatement {
  const statement = makeStatement({ digest }, revocationType, { reason, revokedAt });
  return { payload: Buffer.from(JSON.stringify(statement)), predicateType: revocationType, kind: "revocation" };
}

/** What a revocation that was found says, by the digest of the manifest that holds it. Throws RegistryError. */
export async function readAttachedRevocation(
  source: Source,
  repository: string,
  subject: Digest,
  digest: Digest,
  signal: AbortSignal,
): Promise<Revocation> {
  const referrer = await readReferrer(source, repository, subject, digest, signal);
  if (referrer === undefined) throw new RegistryError(gone);
  const budget = { manifests: 0, signatures: 0, bytes: 0 };
  const at = { source, repository, digest: subject, signal };
  return readRevocation(readStatementIn(await readLayer(at, referrer.manifest.layers[0], budget)));
}

const gone = unavailable("no-answer", "the revocation is listed, and cannot be read back").failure;
