import type { Digest } from "../../policies/digest.ts";
import type { Signer } from "../../policies/language/signer.ts";
import { toUnseen, type Unseen, explainUnusable } from "../errors.ts";
import { fetchVerified } from "../../registry/fetch-verified.ts";
import { limits } from "../../registry/limits.ts";
import { listReferrers } from "../../registry/referrers.ts";
import type { Source } from "../../registry/source.ts";
import { type AttachedSignature, type AttachedSignatures, noBytes } from "./attached-signature.ts";
import { listSimpleSigning, listOlderJobs, type OlderSignatures } from "./older-signatures.ts";
import { type Budget, type Job, type Place, nameSpent } from "./read-layer.ts";
import { listModelJobs, listReferringJobs } from "./referring-signatures.ts";

/** Who is looked for, and when to stop. */
export interface SignatureSearch {
  /** `model`: signatures of a model's files, by OpenSSF Model Signing. Default: signatures of an artifact. */
  readonly of?: "artifact" | "model";
  readonly signers: readonly Signer[];
  /** Whether those that were read so far are enough. */
  isEnough(attached: AttachedSignatures): boolean | Promise<boolean>;
}

/** Read at once. After each such wave it is asked whether that is enough, so that most artifacts take one. */
const atOnce = 16;

/**
 * The signatures that are attached to a digest: bundles and envelopes that refer to it, and cosign's older tag
 * `sha256-<hex>.sig`. Those that can be somebody's who is looked for are read first, up to the limits; one that cannot
 * be had, or is broken, spoils no other. Never throws EvidenceError or RegistryError.
 */
export async function findAttachedSignatures(
  source: Source,
  repository: string,
  digest: Digest,
  search: SignatureSearch,
  signal: AbortSignal,
): Promise<AttachedSignatures> {
  const at: Place = { source, repository, digest, signal };
  const [{ listed, unseen }, older] = await Promise.all([
    listReferrers(source, repository, digest, signal),
    search.of === "model" ? noOlder : listSimpleSigning(at),
  ]);
  const budget: Budget = { manifests: 0, signatures: 0, bytes: 0 };
  const jobs = [
    ...(search.of === "model"
      ? listModelJobs(at, listed, budget)
      : listReferringJobs(at, listed, search.signers, budget)),
    ...listOlderJobs(at, older, search.signers, budget),
  ];
  const queue = jobs.toSorted((a, b) => a.rank - b.rank);
  const gathered: Gathered = {
    all: [],
    unseen: [unseen && toUnseen(unseen), older.unseen].filter((one) => one !== undefined),
  };
  const seen = async (rest: readonly Job[]): Promise<AttachedSignatures> => ({
    ...(await withManifest(at, gathered)),
    complete: rest.length === 0,
  });
  for (let next = 0; next < queue.length; next += atOnce) {
    const rest = queue.slice(next);
    const spent = nameSpent(budget);
    if (spent !== undefined) return seen(rest).then((some) => withoutRest(some, rest, spent, listed.length));
    for (const one of await Promise.all(rest.slice(0, atOnce).map(async ({ run }) => attempt(run))))
      take(gathered, one);
    const attached = await seen(rest.slice(atOnce));
    if (attached.complete || (await search.isEnough(attached))) return attached;
  }
  return seen([]);
}

/** A model's files are not signed in that way. */
const noOlder: OlderSignatures = { layers: [], unseen: undefined };

interface Gathered {
  readonly all: AttachedSignature[];
  readonly unseen: Unseen[];
  /** Asked for once, where it is needed. */
  manifest?: Promise<Uint8Array | Unseen>;
}

function take({ all, unseen }: Gathered, one: AttachedSignature | Unseen | undefined): void {
  if (one === undefined) return;
  if (one.kind === "unavailable" || one.kind === "absent" || one.kind === "refused" || one.kind === "too-many")
    unseen.push(one);
  else all.push(one);
}

/** What is refused, or is not there, is a broken signature; what could not be had is not known to be one. */
async function attempt(run: Job["run"]): Promise<AttachedSignature | Unseen | undefined> {
  try {
    return await run();
  } catch (error) {
    const missing = explainUnusable(error);
    if (missing === undefined) throw error;
    return missing.kind === "unavailable" ? missing : { kind: "broken", message: missing.message };
  }
}

/** What says that it is something else was not looked for. */
function withoutRest(
  attached: AttachedSignatures,
  rest: readonly Job[],
  spent: string,
  listed: number,
): AttachedSignatures {
  const left = rest.filter(({ rank }) => rank < 2).length;
  if (left === 0) return attached;
  const message = `${listed} manifests are listed as being about it, and after ${spent} there are ${left} that were not looked at`;
  return { ...attached, unseen: [{ kind: "too-many", message }, ...attached.unseen] };
}

/** Most signatures name a digest; some are over the bytes, or name their number. */
async function withManifest(at: Place, gathered: Gathered): Promise<Omit<AttachedSignatures, "complete">> {
  const { all, unseen } = gathered;
  const manifest = all.some(isAboutBytes) ? await (gathered.manifest ??= attemptManifest(at)) : noBytes;
  return manifest instanceof Uint8Array
    ? { all: [...all], manifest, unseen: [...unseen] }
    : { all: [...all], manifest: noBytes, unseen: [...unseen, manifest] };
}

function isAboutBytes(signature: AttachedSignature): boolean {
  if (signature.kind === "notation" || signature.kind === "model") return true;
  return signature.kind === "bundle" && Buffer.from(signature.bytes).includes('"messageSignature"');
}

async function attemptManifest({ source, repository, digest, signal }: Place): Promise<Uint8Array | Unseen> {
  try {
    const body = await source.manifest(repository, digest, signal);
    return await fetchVerified(body, { digest, maxBytes: limits.manifestBytes }, signal);
  } catch (error) {
    const missing = explainUnusable(error);
    if (missing === undefined) throw error;
    return missing;
  }
}
