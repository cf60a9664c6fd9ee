import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import * as z from "zod";
import { parseDigest, type Digest } from "../../policies/digest.ts";
import type { Signer } from "../../policies/language/signer.ts";
import { EvidenceError, refused } from "../../registry/errors.ts";
import { fetchVerified } from "../../registry/fetch-verified.ts";
import { limits } from "../../registry/limits.ts";
import { toManifest, type Descriptor } from "../../registry/manifest.ts";
import { type Listed, listReferrers, readReferrer, readUpTo, type Unseen } from "../../registry/referrers.ts";
import type { Source } from "../../registry/source.ts";
import { readStrictJson } from "../../registry/strict-json.ts";
import type { SimpleSigning } from "./cosign/simple-signing.ts";
import { cosignSign } from "./cosign/subject.ts";

/**
 * A signature that is attached to an artifact, unverified: who made it, and over what, is still to be seen. `from` is the
 * manifest that it came in, where it came in one of its own.
 */
export type Candidate =
  /** A Sigstore bundle, JSON. https://docs.sigstore.dev/about/bundle/ */
  | { readonly kind: "bundle"; readonly bytes: Uint8Array; readonly from?: Digest }
  /** A bundle that is the evidence itself: a statement, in the envelope that was signed. Nothing that is attached is one. */
  | { readonly kind: "attestation"; readonly bytes: Uint8Array }
  /** cosign's older form. https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md */
  | {
      readonly kind: "simple-signing";
      readonly from?: Digest | undefined;
      readonly payload: Uint8Array;
      readonly signature: string;
      /** PEM, where it was made with a certificate. */
      readonly certificate: string | undefined;
      /** JSON: what the transparency log promised. */
      readonly logEntry: string | undefined;
      /** JSON, with a timestamp by RFC 3161. */
      readonly timestamp: string | undefined;
    }
  /** An envelope of the Notary Project's. https://github.com/notaryproject/specifications/blob/main/specs/signature-specification.md */
  | { readonly kind: "notation"; readonly bytes: Uint8Array; readonly from?: Digest }
  /** One that cannot be read. */
  | { readonly kind: "broken"; readonly message: string };

export interface Candidates {
  readonly all: readonly Candidate[];
  /** The artifact's own manifest, where a signature is over its bytes; else nothing. */
  readonly manifest: Uint8Array;
  /** False where more could be read, but what was read is enough. */
  readonly complete: boolean;
  /** Why there may be more, where what was read is not enough. */
  readonly unseen: readonly Unseen[];
}

/** With a version behind it, or before it in older bundles. */
export const bundleType = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.3)?\+json(?:;version=0\.[123])?$/;
const notationType = "application/vnd.cncf.notary.signature";
const simpleSigningType = "application/vnd.dev.cosign.simplesigning.v1+json";
const signatureKey = "dev.cosignproject.cosign/signature";
const certificateKey = "dev.sigstore.cosign/certificate";
const logEntryKey = "dev.sigstore.cosign/bundle";
const timestampKey = "dev.sigstore.cosign/rfc3161timestamp";

/** Who is looked for, and when to stop. */
export interface Wanted {
  readonly signers: readonly Signer[];
  /** Whether those that were read so far are enough. */
  isEnough(candidates: Candidates): boolean | Promise<boolean>;
}

/** Read at once. After each such wave it is asked whether that is enough, so that most artifacts take one. */
const atOnce = 16;

/**
 * The signatures that are attached to a digest: bundles and envelopes that refer to it, and cosign's older tag
 * `sha256-<hex>.sig`. Those that can be somebody's who is looked for are read first, up to the limits; one that cannot be had,
 * or is broken, spoils no other. Never throws EvidenceError.
 */
export async function findCandidates(
  source: Source,
  repository: string,
  digest: Digest,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Candidates> {
  const at: Place = { source, repository, digest, signal };
  const [{ listed, unseen }, older] = await Promise.all([
    listReferrers(source, repository, digest, signal),
    listSimpleSigning(at),
  ]);
  const budget: Budget = { manifests: 0, signatures: 0, bytes: 0 };
  const jobs = [...referringJobs(at, listed, wanted.signers, budget), ...olderJobs(at, older, wanted.signers, budget)];
  const queue = jobs.toSorted((a, b) => a.rank - b.rank);
  const gathered: Gathered = { all: [], unseen: [unseen, older.unseen].filter((one) => one !== undefined) };
  const seen = async (rest: readonly Job[]): Promise<Candidates> => ({
    ...(await withManifest(at, gathered)),
    complete: rest.length === 0,
  });
  for (let next = 0; next < queue.length; next += atOnce) {
    const rest = queue.slice(next);
    const spent = spentOf(budget);
    if (spent !== undefined) return seen(rest).then((some) => withoutRest(some, rest, spent, listed.length));
    for (const one of await Promise.all(rest.slice(0, atOnce).map(async ({ run }) => attempt(run))))
      take(gathered, one);
    const candidates = await seen(rest.slice(atOnce));
    if (candidates.complete || (await wanted.isEnough(candidates))) return candidates;
  }
  return seen([]);
}

interface Place {
  readonly source: Source;
  readonly repository: string;
  readonly digest: Digest;
  readonly signal: AbortSignal;
}

/** What was fetched so far, in steps. */
interface Budget {
  manifests: number;
  signatures: number;
  bytes: number;
}

interface Gathered {
  readonly all: Candidate[];
  readonly unseen: Unseen[];
  /** Asked for once, where it is needed. */
  manifest?: Promise<Uint8Array | Unseen>;
}

interface Job {
  /** The least first: what says that it is a signature of the kind that is looked for, what says nothing, what says otherwise. */
  readonly rank: Rank;
  /** Undefined where it is no signature after all. Throws EvidenceError. */
  run(): Promise<Candidate | undefined>;
}

type Rank = 0 | 1 | 2;

function take({ all, unseen }: Gathered, one: Candidate | Unseen | undefined): void {
  if (one === undefined) return;
  if (one.kind === "unavailable" || one.kind === "absent" || one.kind === "refused" || one.kind === "too-many")
    unseen.push(one);
  else all.push(one);
}

/** What is refused, or is not there, is a broken signature; what could not be had is not known to be one. */
async function attempt(run: Job["run"]): Promise<Candidate | Unseen | undefined> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    const { evidence } = error;
    return evidence.kind === "unavailable" ? evidence : { kind: "broken", message: evidence.message };
  }
}

function spentOf({ manifests, signatures, bytes }: Budget): string | undefined {
  if (signatures >= limits.signatures) return `${limits.signatures} signatures`;
  if (manifests >= limits.referrerManifests) return `${limits.referrerManifests} manifests`;
  return bytes >= limits.signatureBytesTogether ? `${limits.signatureBytesTogether} bytes of signatures` : undefined;
}

/** What says that it is something else was not looked for. */
function withoutRest(candidates: Candidates, rest: readonly Job[], spent: string, listed: number): Candidates {
  const left = rest.filter(({ rank }) => rank < 2).length;
  if (left === 0) return candidates;
  const message = `${listed} manifests are listed as being about it, and after ${spent} there are ${left} that were not looked at`;
  return { ...candidates, unseen: [{ kind: "too-many", message }, ...candidates.unseen] };
}

export const noBytes = new Uint8Array();

/** Most signatures name a digest; some are over the bytes, or name their number. */
async function withManifest(at: Place, gathered: Gathered): Promise<Omit<Candidates, "complete">> {
  const { all, unseen } = gathered;
  const manifest = all.some(isAboutBytes) ? await (gathered.manifest ??= attemptManifest(at)) : noBytes;
  return manifest instanceof Uint8Array
    ? { all: [...all], manifest, unseen: [...unseen] }
    : { all: [...all], manifest: noBytes, unseen: [...unseen, manifest] };
}

function isAboutBytes(candidate: Candidate): boolean {
  if (candidate.kind === "notation") return true;
  return candidate.kind === "bundle" && Buffer.from(candidate.bytes).includes('"messageSignature"');
}

async function attemptManifest({ source, repository, digest, signal }: Place): Promise<Uint8Array | Unseen> {
  try {
    const body = await source.manifest(repository, digest, signal);
    return await fetchVerified(body, { digest, maxBytes: limits.manifestBytes }, signal);
  } catch (error) {
    if (error instanceof EvidenceError) return error.evidence;
    throw error;
  }
}

function referringJobs(at: Place, listed: readonly Listed[], signers: readonly Signer[], budget: Budget): Job[] {
  const byNotation = signers.some(({ kind }) => kind === "notation");
  const byCosign = signers.some(({ kind }) => kind !== "notation");
  return listed.map((one) => ({
    rank: rankOf(one, byCosign, byNotation),
    run: () => readReferring(at, one.digest, budget),
  }));
}

/** Tools that list by the tag have written the config's type where the manifest's own should be. */
const sayingNothing = /^(?:|application\/vnd\.oci\.(?:empty\.v1|image\.config\.v1|image\.manifest\.v1)\+json)$/;

function rankOf({ artifactType, predicateType }: Listed, byCosign: boolean, byNotation: boolean): Rank {
  if (sayingNothing.test(artifactType)) return 1;
  const kind = kindOf(artifactType);
  if (kind === "notation") return byNotation ? 0 : 2;
  if (kind === undefined || !byCosign) return 2;
  return predicateType === undefined || predicateType === cosignSign ? 0 : 2;
}

/** True for what a list calls a signature, and not an attestation. */
export function isSignature({ artifactType, predicateType }: Listed): boolean {
  const kind = kindOf(artifactType);
  return kind === "notation" || (kind === "bundle" && predicateType === cosignSign);
}

async function readReferring(at: Place, digest: Digest, budget: Budget): Promise<Candidate | undefined> {
  budget.manifests += 1;
  const referrer = await readReferrer(at.source, at.repository, at.digest, digest, at.signal);
  const kind = referrer && kindOf(referrer.artifactType);
  if (referrer === undefined || kind === undefined) return undefined;
  return { kind, from: digest, bytes: await readLayer(at, referrer.manifest.layers[0], budget) };
}

function kindOf(artifactType: string): "bundle" | "notation" | undefined {
  if (bundleType.test(artifactType)) return "bundle";
  return artifactType === notationType ? "notation" : undefined;
}

interface Older {
  /** The manifest under the tag. */
  readonly from?: Digest | undefined;
  readonly layers: readonly Descriptor[];
  readonly unseen: Unseen | undefined;
}

async function listSimpleSigning({ source, repository, digest, signal }: Place): Promise<Older> {
  try {
    const body = await source.tagged(repository, `${digest.replace(":", "-")}.sig`, signal);
    if (body === undefined) return { layers: [], unseen: undefined };
    const bytes = await readUpTo(limits.listBytes, body, signal);
    if (bytes === undefined) return { layers: [], unseen: tooManyOlder(`more than ${limits.listBytes} bytes`) };
    const from = parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
    return { from, ...(await layersIn(bytes, body.mediaType)) };
  } catch (error) {
    if (error instanceof EvidenceError) return { layers: [], unseen: error.evidence };
    throw error;
  }
}

/** Values and keys of one layer, with some annotations. */
const valuesOfLayer = 64;

/** Whatever else is there holds no signature. cosign 2 adds a layer each time that it signs. */
async function layersIn(bytes: Uint8Array, mediaType: string | undefined): Promise<Older> {
  try {
    const value = await readStrictJson(bytes, () => setImmediate(), limits.olderSignatures * valuesOfLayer);
    return { layers: toManifest(value, mediaType, limits.olderSignatures).layers, unseen: undefined };
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    const count = countLayers(bytes);
    return { layers: [], unseen: count > limits.olderSignatures ? tooManyOlder(`${count} layers`) : undefined };
  }
}

function countLayers(bytes: Uint8Array): number {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return z.object({ layers: z.custom<unknown[]>(Array.isArray) }).parse(value).layers.length;
  } catch {
    return 0;
  }
}

function tooManyOlder(what: string): Unseen {
  return { kind: "too-many", message: `${what} are under the tag of cosign's older signatures` };
}

function olderJobs(at: Place, { from, layers }: Older, signers: readonly Signer[], budget: Budget): Job[] {
  const byKey = signers.some(({ kind }) => kind === "key");
  const byIdentity = signers.some(({ kind }) => kind === "identity");
  return layers.map((layer) => {
    const mayMatch = layer.annotations[certificateKey] === undefined ? byKey : byIdentity;
    return { rank: mayMatch ? 0 : 2, run: async () => ({ from, ...(await readSimpleSigning(at, layer, budget)) }) };
  });
}

async function readSimpleSigning(at: Place, layer: Descriptor, budget: Budget): Promise<SimpleSigning> {
  const signature = layer.annotations[signatureKey];
  if (layer.mediaType !== simpleSigningType || signature === undefined)
    throw refused("SIGNATURE_INVALID", "a layer under the signature's tag is no signature");
  return {
    kind: "simple-signing",
    payload: await readLayer(at, layer, budget),
    signature,
    certificate: layer.annotations[certificateKey],
    logEntry: layer.annotations[logEntryKey],
    timestamp: layer.annotations[timestampKey],
  };
}

async function readLayer(
  { source, repository, signal }: Place,
  { digest, size }: Descriptor,
  budget: Budget,
): Promise<Uint8Array> {
  if (size > limits.signatureBytes)
    throw refused("SIGNATURE_INVALID", `a signature has ${size} bytes, the limit is ${limits.signatureBytes}`);
  budget.signatures += 1;
  budget.bytes += size;
  const body = await source.blob(repository, digest, signal);
  return fetchVerified(body, { digest, size, maxBytes: limits.signatureBytes }, signal);
}
