import type { Digest } from "../../policies/digest.ts";
import type { Signer } from "../../policies/signer.ts";
import { toUnseen, type Unseen, explainUnusable } from "../errors.ts";
import { fetchVerified } from "../../registry/fetch-verified.ts";
import { limits } from "../../registry/limits.ts";
import { listReferrers } from "../../registry/referrers.ts";
import type { Source } from "../../registry/source.ts";
import { type AttachedSignature, type AttachedSignatures, noBytes } from "./attached-signature.ts";
import { listSimpleSigning, listOlderJobs } from "./older-signatures.ts";
import { type Budget, type Job, type Place, nameSpent } from "./read-layer.ts";
import { listModelJobs, listReferringJobs, listRevocationJobs } from "./referring-signatures.ts";

/** Where signatures are attached: among what refers to the artifact, or under cosign 2's tag. */
export type SignaturePlace = "referrers" | "tag";

/** Who is looked for, and when to stop. */
export interface SignatureSearch {
  /**
   * `model`: signatures of a model's files, by OpenSSF Model Signing. `revocation`: signed statements that revoke an artifact.
   * Default: signatures of an artifact.
   */
  readonly of?: "artifact" | "model" | "revocation";
  readonly signers: readonly Signer[];
  /** Where to look first: among what refers to the artifact, unless it says otherwise. The other is not asked where that is enough. */
  readonly first?: SignaturePlace;
  /** Whether those that were read so far are enough. */
  isEnough(attached: AttachedSignatures): boolean | Promise<boolean>;
}

/** Read at once. After each such wave it is asked whether that is enough, so that most artifacts take one. */
const atOnce = 16;

/**
 * The signatures that are attached to a digest: bundles and envelopes that refer to it, and cosign's older tag
 * `sha256-<hex>.sig`. Those that can be somebody's who is looked for are read first, up to the limits, and the second place is
 * asked when the first has no more of them; one that cannot be had, or is broken, spoils no other. Never throws EvidenceError
 * or RegistryError.
 */
export async function findAttachedSignatures(
  source: Source,
  repository: string,
  digest: Digest,
  search: SignatureSearch,
  signal: AbortSignal,
): Promise<AttachedSignatures> {
  const at: Place = { source, repository, digest, signal };
  const look: Look = { at, search, budget: { manifests: 0, signatures: 0, bytes: 0 }, listed: 0 };
  const gathered: Gathered = { all: [], unseen: [] };
  const unasked = listPlaces(search);
  let queue: readonly Job[] = [];
  const seen = async (): Promise<AttachedSignatures> => ({
    ...(await withManifest(at, gathered)),
    complete: queue.length === 0 && unasked.length === 0,
  });
  while (queue.length > 0 || unasked.length > 0) {
    const place = queue.some(isLikely) ? undefined : unasked.shift();
    if (place !== undefined) {
      const jobs = await listJobs(look, place, gathered);
      queue = [...queue, ...jobs].toSorted((a, b) => a.rank - b.rank);
      continue;
    }
    const spent = nameSpent(look.budget);
    if (spent !== undefined) return withoutRest(await seen(), queue, spent, look.listed);
    const wave = queue.slice(0, atOnce);
    queue = queue.slice(atOnce);
    for (const one of await Promise.all(wave.map(async ({ run }) => attempt(run)))) take(gathered, one);
    const attached = await seen();
    if (attached.complete || (await search.isEnough(attached))) return attached;
  }
  return seen();
}

/** What does not say that it is something else. */
function isLikely({ rank }: Job): boolean {
  return rank < 2;
}

/** One look at a registry. */
interface Look {
  readonly at: Place;
  readonly search: SignatureSearch;
  readonly budget: Budget;
  /** How many manifests the list has named. */
  listed: number;
}

/** What a place names. What it does not show is noted. */
async function listJobs(look: Look, place: SignaturePlace, gathered: Gathered): Promise<Job[]> {
  const { at, budget } = look;
  const { signers, of = "artifact" } = look.search;
  if (place === "tag") {
    const older = await listSimpleSigning(at);
    if (older.unseen !== undefined) gathered.unseen.push(older.unseen);
    return listOlderJobs(at, older, signers, budget);
  }
  const { listed, unseen } = await listReferrers(at.source, at.repository, at.digest, at.signal);
  look.listed = listed.length;
  if (unseen !== undefined) gathered.unseen.push(toUnseen(unseen));
  switch (of) {
    case "model":
      return listModelJobs(at, listed, budget);
    case "revocation":
      return listRevocationJobs(at, listed, budget);
    case "artifact":
      return listReferringJobs(at, listed, signers, budget);
  }
}

/** In the order in which they are asked. Models are signed, and evidence is revoked, by what refers to them and nowhere else. */
function listPlaces({ of, first }: SignatureSearch): SignaturePlace[] {
  if (of === "model" || of === "revocation") return ["referrers"];
  return first === "tag" ? ["tag", "referrers"] : ["referrers", "tag"];
}

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
  const left = rest.filter(isLikely).length;
  if (left === 0) return attached;
  const message = `${listed} manifests refer to it, and after ${spent} ${left} were not looked at`;
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
