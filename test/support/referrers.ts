import type { Digest } from "../../policies/digest.ts";
import { RegistryError, refused } from "../../registry/errors.ts";
import { listReferrers, readReferrer, type Referrer } from "../../registry/referrers.ts";
import type { Source } from "../../registry/source.ts";

/** Everything that is about a digest, proved. Throws why there may be more. */
export async function readReferrers(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<Referrer[]> {
  const { listed, unseen } = await listReferrers(source, repository, digest, signal);
  if (unseen?.kind === "too-many") throw refused("invalid", unseen.message);
  if (unseen !== undefined) throw new RegistryError(unseen);
  const read = await Promise.all(listed.map((one) => readReferrer(source, repository, digest, one.digest, signal)));
  return read.filter((one) => one !== undefined);
}
