import * as z from "zod";
import { getFingerprint, readPublicKey, type Trust } from "../../evidence/signature/trust.ts";
import { readDocuments, type PolicyFile, type Problem } from "../../policies/language/document.ts";

const cosign = z.object({
  publicKey: z.string().optional(),
  keyRef: z.string().optional(),
  issuer: z.string().optional(),
  transparencyLog: z.string().default("Required"),
});
const notation = z.object({ trustStore: z.string() });
const policy = z.object({
  kind: z.literal("EvaluationPolicy"),
  spec: z.object({
    evidence: z.object({ signers: z.array(z.object({ cosign: cosign.optional(), notation: notation.optional() })) }),
  }),
});

type Cosign = z.output<typeof cosign>;

/**
 * Signers whose signatures the gate could never verify: what is not a key, or a weak one; the same key twice; and, where it is
 * known what the gate trusts, a key that is not mounted and a log that it has no trusted root for. Such a policy would deny
 * everything, and say why only to those who deploy.
 */
export function checkSigners(file: PolicyFile, trust?: Trust): Problem[] {
  return readDocuments(file).flatMap((document) => {
    if (Array.isArray(document)) return [];
    const signers = policy.safeParse(document.value).data?.spec.evidence.signers ?? [];
    const seen = new Map<string, number>();
    return signers.flatMap(({ cosign: signer, notation: notary }, at) => {
      const path = ["spec", "evidence", "signers", at];
      const unknown = notary && trust && !trust.stores.has(notary.trustStore);
      if (unknown) {
        const problem = `there is no trust store ${notary.trustStore} in the folder that signatures.trustStoresDirectory names`;
        return [document.problemAt([...path, "notation"], problem)];
      }
      const problem = signer && (problemOf(signer, trust) ?? repetition(signer, at, seen));
      return problem === undefined ? [] : [document.problemAt([...path, "cosign"], problem)];
    });
  });
}

function problemOf(
  { publicKey, keyRef, issuer, transparencyLog }: Cosign,
  trust: Trust | undefined,
): string | undefined {
  if (publicKey !== undefined) {
    const key = readPublicKey(publicKey);
    if (typeof key === "string") return `publicKey ${key}`;
  }
  if (trust === undefined) return undefined;
  if (keyRef !== undefined) {
    const pem = trust.keys.get(keyRef);
    if (pem === undefined) return `keyRef ${keyRef} is not in the folder that signatures.keysDirectory names`;
    const key = readPublicKey(pem);
    if (typeof key === "string") return `keyRef ${keyRef} ${key}`;
  }
  if (trust.root !== undefined) return undefined;
  if (issuer !== undefined) return "certificates need signatures.trustedRoot in the gate's configuration";
  if (transparencyLog === "Required")
    return "a transparency log needs signatures.trustedRoot in the gate's configuration; without a log, write transparencyLog: NotRequired";
  return undefined;
}

/** A threshold of two keys that are one would never be met. */
function repetition({ publicKey }: Cosign, at: number, seen: Map<string, number>): string | undefined {
  const key = publicKey === undefined ? "" : readPublicKey(publicKey);
  if (typeof key === "string") return undefined;
  const fingerprint = getFingerprint(key);
  const first = seen.get(fingerprint);
  seen.set(fingerprint, first ?? at);
  return first === undefined ? undefined : `publicKey is that of signers[${first}]`;
}
