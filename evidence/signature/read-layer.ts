import type { Digest } from "../../policies/digest.ts";
import { refused } from "../errors.ts";
import { fetchVerified } from "../../registry/fetch-verified.ts";
import { limits } from "../../registry/limits.ts";
import type { Descriptor } from "../../registry/manifest.ts";
import type { Source } from "../../registry/source.ts";
import type { AttachedSignature } from "./attached-signature.ts";

/** Where signatures are looked for, and what ends the look. */
export interface Place {
  readonly source: Source;
  readonly repository: string;
  readonly digest: Digest;
  readonly signal: AbortSignal;
}

/** What one look has fetched so far: each reader adds to it. */
export interface Budget {
  manifests: number;
  signatures: number;
  bytes: number;
}

/** One signature that may be read. */
export interface Job {
  readonly rank: Rank;
  /** Undefined where it is not a signature after all. Throws EvidenceError or RegistryError. */
  run(): Promise<AttachedSignature | undefined>;
}

/**
 * The least first: what says that it is a signature of the kind that is looked for, what says nothing, and what says
 * otherwise.
 */
export type Rank = 0 | 1 | 2;

/** What has been spent of the budget, in words; undefined while there is more. */
export function nameSpent({ manifests, signatures, bytes }: Budget): string | undefined {
  if (signatures >= limits.signatures) return `${limits.signatures} signatures`;
  if (manifests >= limits.referrerManifests) return `${limits.referrerManifests} manifests`;
  return bytes >= limits.signatureBytesTogether ? `${limits.signatureBytesTogether} bytes of signatures` : undefined;
}

/** The bytes of a layer that holds a signature, verified against its descriptor. Throws EvidenceError or RegistryError. */
export async function readLayer(
  { source, repository, signal }: Place,
  { digest, size }: Descriptor,
  budget: Budget,
): Promise<Uint8Array> {
  if (size > limits.signatureBytes)
    throw refused("SIGNATURE_INVALID", `a signature has ${size} bytes, but the limit is ${limits.signatureBytes}`);
  budget.signatures += 1;
  budget.bytes += size;
  const body = await source.blob(repository, digest, signal);
  return fetchVerified(body, { digest, size, maxBytes: limits.signatureBytes }, signal);
}
