import type { Digest } from "../../policies/digest.ts";
import type { Signer } from "../../policies/signer.ts";
import { type ListEntry, readReferrer } from "../../registry/referrers.ts";
import type { AttachedSignature } from "./attached-signature.ts";
import { cosignSign } from "./cosign/subject.ts";
import { modelSigningType } from "./model-signing/statement.ts";
import { revocationType } from "./revocation/statement.ts";
import { type Budget, type Job, type Place, type Rank, readLayer } from "./read-layer.ts";

/** The types of a Sigstore bundle: with a version behind it, or before it in older bundles. */
export const bundleType = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.3)?\+json(?:;version=0\.[123])?$/;
const notationType = "application/vnd.cncf.notary.signature";

/** Those that refer to the artifact: bundles, and envelopes of the Notary Project. */
export function listReferringJobs(
  at: Place,
  listed: readonly ListEntry[],
  signers: readonly Signer[],
  budget: Budget,
): Job[] {
  const byNotation = signers.some(({ kind }) => kind === "notation");
  const byCosign = signers.some(({ kind }) => kind !== "notation");
  return listed.map((one) => ({
    rank: rankEntry(one, byCosign, byNotation),
    run: () => readReferring(at, one.digest, budget),
  }));
}

/** Those that refer to a model, and may be signatures of its files. A bundle that says it is another statement comes last. */
export function listModelJobs(at: Place, listed: readonly ListEntry[], budget: Budget): Job[] {
  return listed.map((one) => ({
    rank: rankForModel(one),
    async run() {
      const signature = await readReferring(at, one.digest, budget);
      return signature?.kind === "bundle" ? { ...signature, kind: "model" } : undefined;
    },
  }));
}

/**
 * Those that refer to evidence, and may revoke it. What says that it is something else does not: a list tells what a manifest says
 * of itself, and a revocation says what it is.
 */
export function listRevocationJobs(at: Place, listed: readonly ListEntry[], budget: Budget): Job[] {
  return listed.flatMap((one): Job[] => {
    const rank = rankForRevocation(one);
    if (rank === 2) return [];
    const run: Job["run"] = async () => {
      const signature = await readReferring(at, one.digest, budget);
      return signature?.kind === "bundle" ? { ...signature, kind: "revocation" } : undefined;
    };
    return [{ rank, run }];
  });
}

function rankForRevocation({ artifactType, predicateType }: ListEntry): Rank {
  if (sayingNothing.test(artifactType)) return predicateType === undefined || predicateType === revocationType ? 1 : 2;
  if (classifyType(artifactType) !== "bundle") return 2;
  if (predicateType === undefined) return 1;
  return predicateType === revocationType ? 0 : 2;
}

function rankForModel({ artifactType, predicateType }: ListEntry): Rank {
  if (sayingNothing.test(artifactType)) return 1;
  if (classifyType(artifactType) !== "bundle") return 2;
  return predicateType === undefined || predicateType === modelSigningType ? 0 : 2;
}

/** Tools that list by the tag have written the config's type where the manifest's own should be. */
const sayingNothing = /^(?:|application\/vnd\.oci\.(?:empty\.v1|image\.config\.v1|image\.manifest\.v1)\+json)$/;

function rankEntry({ artifactType, predicateType }: ListEntry, byCosign: boolean, byNotation: boolean): Rank {
  if (sayingNothing.test(artifactType)) return 1;
  const kind = classifyType(artifactType);
  if (kind === "notation") return byNotation ? 0 : 2;
  if (kind === undefined || !byCosign) return 2;
  return predicateType === undefined || predicateType === cosignSign ? 0 : 2;
}

/** True for what a list calls a signature, and not an attestation. */
export function isSignature({ artifactType, predicateType }: ListEntry): boolean {
  const kind = classifyType(artifactType);
  return kind === "notation" || (kind === "bundle" && predicateType === cosignSign);
}

async function readReferring(at: Place, digest: Digest, budget: Budget): Promise<AttachedSignature | undefined> {
  budget.manifests += 1;
  const referrer = await readReferrer(at.source, at.repository, at.digest, digest, at.signal);
  const kind = referrer && classifyType(referrer.artifactType);
  if (referrer === undefined || kind === undefined) return undefined;
  return { kind, from: digest, bytes: await readLayer(at, referrer.manifest.layers[0], budget) };
}

function classifyType(artifactType: string): "bundle" | "notation" | undefined {
  if (bundleType.test(artifactType)) return "bundle";
  return artifactType === notationType ? "notation" : undefined;
}
