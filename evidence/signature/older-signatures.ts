import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import * as z from "zod";
import { parseDigest, type Digest } from "../../policies/digest.ts";
import type { Signer } from "../../policies/signer.ts";
import { refused, type Unseen, explainUnusable } from "../errors.ts";
import { limits } from "../../registry/limits.ts";
import { toManifest, type Descriptor } from "../../registry/manifest.ts";
import { RegistryError } from "../../registry/errors.ts";
import { readUpTo } from "../../registry/referrers.ts";
import { readStrictJson } from "../../registry/strict-json.ts";
import type { SimpleSigning } from "./attached-signature.ts";
import { type Budget, type Job, type Place, readLayer } from "./read-layer.ts";

const simpleSigningType = "application/vnd.dev.cosign.simplesigning.v1+json";
const signatureKey = "dev.cosignproject.cosign/signature";
const certificateKey = "dev.sigstore.cosign/certificate";
const logEntryKey = "dev.sigstore.cosign/bundle";
const timestampKey = "dev.sigstore.cosign/rfc3161timestamp";

/** What is under the tag of cosign 2. */
export interface OlderSignatures {
  /** The manifest under the tag. */
  readonly from?: Digest | undefined;
  readonly layers: readonly Descriptor[];
  readonly unseen: Unseen | undefined;
}

/** Looks under the tag `sha256-<hex>.sig`. Never throws EvidenceError or RegistryError. */
export async function listSimpleSigning({ source, repository, digest, signal }: Place): Promise<OlderSignatures> {
  try {
    const body = await source.tagged(repository, `${digest.replace(":", "-")}.sig`, signal);
    if (body === undefined) return { layers: [], unseen: undefined };
    const bytes = await readUpTo(limits.listBytes, body, signal);
    if (bytes === undefined) return { layers: [], unseen: tooManyOlder(`more than ${limits.listBytes} bytes`) };
    const from = parseDigest(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
    return { from, ...(await readLayers(bytes, body.mediaType)) };
  } catch (error) {
    const missing = explainUnusable(error);
    if (missing === undefined) throw error;
    return { layers: [], unseen: missing };
  }
}

/** Values and keys of one layer, with some annotations. */
const valuesOfLayer = 64;

/** Whatever else is there holds no signature. cosign 2 adds a layer each time that it signs. */
async function readLayers(bytes: Uint8Array, mediaType: string | undefined): Promise<OlderSignatures> {
  try {
    const value = await readStrictJson(bytes, () => setImmediate(), limits.olderSignatures * valuesOfLayer);
    return { layers: toManifest(value, mediaType, limits.olderSignatures).layers, unseen: undefined };
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
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

/** The signatures under the tag, one for each layer. */
export function listOlderJobs(
  at: Place,
  { from, layers }: OlderSignatures,
  signers: readonly Signer[],
  budget: Budget,
): Job[] {
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
    throw refused("SIGNATURE_INVALID", "a layer under the signature's tag is not a signature");
  return {
    kind: "simple-signing",
    payload: await readLayer(at, layer, budget),
    signature,
    certificate: layer.annotations[certificateKey],
    logEntry: layer.annotations[logEntryKey],
    timestamp: layer.annotations[timestampKey],
  };
}
