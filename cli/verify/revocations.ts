import { watchTrust } from "../../config/trust-files.ts";
import { EvidenceError } from "../../evidence/errors.ts";
import { createRevocationCache } from "../../evidence/signature/revocation/revocation-cache.ts";
import type { RequiredSigners } from "../../policies/policy.ts";
import { evaluateRevocations } from "../../policies/decision/revocations.ts";
import type { Source } from "../../registry/source.ts";
import { listAttachedRevocations } from "../attached-revocations.ts";
import type { Io } from "../io.ts";
import type { Reading } from "../registry-access.ts";
import type { Target } from "../target.ts";
import type { Finding } from "./finding.ts";

const what = "revocations";

/** Whether one of these has revoked it. Throws EvidenceError where that cannot be looked up. */
export async function verifyNotRevoked(
  { source, config }: Reading,
  { repository, digest }: Target,
  revokers: RequiredSigners,
  { now }: Pick<Io, "now">,
  signal: AbortSignal,
): Promise<Finding> {
  const trust = watchTrust(config.signatures);
  try {
    const cache = createRevocationCache(source, trust.current, { now });
    const found = await cache.lookUp(repository, digest, [revokers], signal);
    const against = evaluateRevocations(found, { revokers });
    if (against?.outcome === "fail") return { what, ok: false, said: against.message };
    if (found.kind === "unavailable") throw new EvidenceError(found);
    if (found.kind === "checked" && found.unseen?.kind === "unavailable") throw new EvidenceError(found.unseen);
    if (against !== undefined) throw new Error(against.message);
    return { what, ok: true, said: `none by ${revokers.any.map(({ text }) => text).join(", ")}` };
  } finally {
    trust.stop();
  }
}

/** That there are revocations, or that it cannot be said, where nobody is named who may revoke. It verifies nothing. */
export async function listUnverifiedRevocations(
  source: Source,
  { repository, digest }: Target,
  signal: AbortSignal,
): Promise<Finding[]> {
  const attached = await listAttachedRevocations(source, repository, digest, signal);
  if ("problem" in attached)
    return [{ what, ok: true, verified: false, said: `could not be listed: ${attached.problem}` }];
  if (attached.length === 0) return [];
  const said = `${attached.length} attached, not verified: --revoker FILE names who may revoke`;
  return [{ what, ok: true, verified: false, said }];
}
