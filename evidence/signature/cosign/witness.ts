import { toTrustMaterial, Verifier, type SignedEntity } from "@sigstore/verify";
import type { Witness } from "../../../policies/artifact.ts";
import type { IdentitySigner, KeySigner } from "../../../policies/signer.ts";
import { show } from "../../../policies/show.ts";
import type { BundleSignature, Target } from "../attached-signature.ts";
import { readKey, type Trust } from "../trust.ts";
import { openBundle } from "./bundle.ts";

/**
 * When a signature that was verified as the signer's was there at the latest: by the entries of transparency logs and the
 * timestamps in its bundle, all of which must hold under the trusted root. Of several the latest counts. What a log proves by
 * inclusion alone carries no time: only a promise (Rekor 1) signs one. Never throws for what is in the bytes.
 *
 * https://docs.sigstore.dev/about/bundle/ and https://www.rfc-editor.org/rfc/rfc3161
 */
export function findWitness(
  attached: BundleSignature,
  target: Target,
  signer: KeySigner | IdentitySigner,
  trust: Trust,
): Witness {
  const { root } = trust;
  if (root === undefined) return unknown("the gate has no trusted root (signatures.trustedRoot)");
  try {
    const entity = openBundle(attached, target).toEntity();
    const times = listTimes(entity);
    if (times.length === 0) return unknown("it carries no timestamp, and no entry of a log that promises a time");
    const key = signer.kind === "key" ? readKey(signer, trust) : undefined;
    if (typeof key === "string") return unknown(`the key ${key}`);
    const material = toTrustMaterial(root, key && (() => ({ publicKey: key, validFor: () => true })));
    new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 1 }).verify(entity);
    return { kind: "known", at: new Date(Math.max(...times)).toISOString() };
  } catch (cause) {
    return unknown(cause instanceof Error ? show(cause.message) : "it cannot be read");
  }
}

/** Milliseconds, in the way in which the verifier takes them: NaN where one names none, which is no date. */
function listTimes({ timestamps }: SignedEntity): number[] {
  return timestamps.flatMap((one) => {
    if (one.$case === "timestamp-authority") return [one.timestamp.signingTime.getTime()];
    return one.tlogEntry.inclusionPromise ? [Number(one.tlogEntry.integratedTime) * 1000] : [];
  });
}

function unknown(message: string): Witness {
  return { kind: "unknown", message };
}
