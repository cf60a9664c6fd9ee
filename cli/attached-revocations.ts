import type { BundleSignature } from "../evidence/signature/attached-signature.ts";
import { openBundle, readStatementIn } from "../evidence/signature/cosign/bundle.ts";
import { findAttachedSignatures } from "../evidence/signature/find-attached.ts";
import { SignatureRejection } from "../evidence/signature/rejection.ts";
import { readRevocation } from "../evidence/signature/revocation/statement.ts";
import type { Digest } from "../policies/digest.ts";
import { show } from "../policies/show.ts";
import type { Source } from "../registry/source.ts";

/** A statement that revokes an artifact, as it stands: whoever may push can have made it up. */
export interface AttachedRevocation {
  /** The manifest that it came in. */
  readonly statement: Digest | undefined;
  readonly reason: string | undefined;
  /** RFC 3339. */
  readonly revokedAt: string | undefined;
  /** What it says that it was signed with; the hint names a key. */
  readonly signedWith: "key" | "certificate";
  readonly hint: string | undefined;
  readonly verified: false;
}

/** The statements that are attached to an artifact and revoke this digest, unverified. What revokes nothing is left out. */
export async function listAttachedRevocations(
  source: Source,
  repository: string,
  digest: Digest,
  signal: AbortSignal,
): Promise<readonly AttachedRevocation[] | { readonly problem: string }> {
  const wanted = { of: "revocation", signers: [], isEnough: () => false } as const;
  const { all, unseen, manifest } = await findAttachedSignatures(source, repository, digest, wanted, signal);
  const gap = unseen.find(({ kind }) => kind !== "absent");
  if (gap !== undefined) return { problem: gap.message };
  return all.flatMap((one) => (one.kind === "revocation" ? (read(one, { digest, manifest }) ?? []) : []));
}

function read(
  one: BundleSignature,
  target: { readonly digest: Digest; readonly manifest: Uint8Array },
): AttachedRevocation | undefined {
  try {
    const { signedWith, hint, checkSubject } = openBundle(one, target);
    checkSubject();
    return { statement: one.from, ...readRevocation(readStatementIn(one.bytes)), signedWith, hint, verified: false };
  } catch (cause) {
    if (cause instanceof SignatureRejection) return undefined;
    throw cause;
  }
}

const maxShown = 16;

/** For a person. */
export function sayAttachedRevocations(
  revocations: readonly AttachedRevocation[] | { readonly problem: string },
): string[] {
  if ("problem" in revocations) return [`revocations: could not be looked for: ${revocations.problem}`];
  if (revocations.length === 0) return ["revocations: none"];
  const more = revocations.length - maxShown;
  return [
    `revocations: ${revocations.length} (not verified; to verify: assaygate verify REF --revoker FILE)`,
    ...revocations.slice(0, maxShown).map(sayOne),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

function sayOne({ reason, revokedAt, signedWith, hint, statement }: AttachedRevocation): string {
  const by = signedWith === "key" ? `with the key ${show(hint)}` : "with a certificate";
  const why = reason === undefined ? "no reason is given" : show(reason);
  return `  ${why} (at ${show(revokedAt)}, said to be signed ${by}, not verified: ${statement ?? "unknown"})`;
}
