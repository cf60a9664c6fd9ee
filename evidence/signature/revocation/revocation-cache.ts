import type { Signatures } from "../../../policies/artifact.ts";
import type { Digest } from "../../../policies/digest.ts";
import type { Policy, RequiredSigners } from "../../../policies/policy.ts";
import type { Signer } from "../../../policies/signer.ts";
import type { Source } from "../../../registry/source.ts";
import type { NowOrLater } from "../../../runtime/now-or-later.ts";
import { getHost } from "../../registry-of.ts";
import type { Deadline } from "../../search.ts";
import { createSignatureCache, type SignatureCache, type SignatureCacheOptions } from "../signature-cache.ts";
import { readKey, type Trust } from "../trust.ts";
import { listSigners } from "../verify-all.ts";

/** Revocations of artifacts, found and verified, remembered: a {@link SignatureCache} that looks for those. */
export type RevocationCache = Pick<SignatureCache, "peek" | "lookUp">;

/** What is kept, and for how long. */
export interface RevocationCacheOptions extends Omit<SignatureCacheOptions, "of" | "absentTtlMs"> {
  /** How long it is believed that nobody has revoked an artifact. Milliseconds. */
  readonly listTtlMs: number;
}

const defaultListTtlMs = 30_000;

/**
 * Where nobody has revoked an artifact, that is believed for `listTtlMs`; what is revoked stays so for `positiveTtlMs`. A
 * revoker whose statements could not be verified makes it unknown whether anything is revoked. `clock` is monotonic, in
 * milliseconds.
 */
export function createRevocationCache(
  source: Source,
  trust: () => Trust,
  { listTtlMs = defaultListTtlMs, ...options }: Partial<RevocationCacheOptions> = {},
  clock: { now(): number } = performance,
): RevocationCache {
  const own = { ...options, of: "revocation", absentTtlMs: listTtlMs } as const;
  const cache = createSignatureCache(source, trust, own, clock);
  return {
    peek: (repository, digest, required) =>
      findUnverifiable(required, trust()) ?? cache.peek(repository, digest, required),
    lookUp: async (repository, digest, required, signal) =>
      findUnverifiable(required, trust()) ?? cache.lookUp(repository, digest, required, signal),
  };
}

/** Who of them could sign what the gate cannot verify, as an answer. It does not depend on what is attached. */
function findUnverifiable(required: readonly RequiredSigners[], trust: Trust): Signatures | undefined {
  const why = listSigners(required)
    .map((signer) => explainUnverifiable(signer, trust))
    .find((one) => one !== undefined);
  if (why === undefined) return undefined;
  return { kind: "checked", seen: 0, verified: [], problems: [], unseen: { kind: "invalid", message: why } };
}

function explainUnverifiable(signer: Signer, trust: Trust): string | undefined {
  if (signer.kind === "notation")
    return `${signer.text} cannot revoke: a revocation is a statement in a Sigstore bundle`;
  const key = signer.kind === "key" ? readKey(signer, trust) : undefined;
  if (typeof key === "string") return `what ${signer.text} revokes cannot be verified: the key ${key}`;
  const needsRoot = signer.kind === "identity" || signer.logged;
  if (!needsRoot || trust.root !== undefined) return undefined;
  return `what ${signer.text} revokes cannot be verified: the gate has no trusted root (signatures.trustedRoot)`;
}

/** Who may revoke what these policies judge, policy by policy. */
export function listRevokers(policies: readonly Policy[]): RequiredSigners[] {
  return policies.flatMap(({ revokers }) => revokers ?? []);
}

/** Whether one of them has revoked the artifact: at once where it is remembered. Never rejects. */
export function findRevocations(
  cache: RevocationCache,
  { repository, digest }: { readonly repository: string; readonly digest: Digest },
  required: readonly RequiredSigners[],
  deadline: Deadline,
): NowOrLater<Signatures> {
  return (
    cache.peek(repository, digest, required) ??
    cache.lookUp(repository, digest, required, deadline.signal(getHost(repository)))
  );
}
