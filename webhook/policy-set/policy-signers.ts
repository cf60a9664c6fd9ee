import * as z from "zod";
import { getFingerprint, readPublicKey, type Trust } from "../../evidence/signature/trust.ts";
import { readDocuments, type PolicyFile, type Problem, type SourceDocument } from "../../policies/language/document.ts";

const cosign = z.object({
  publicKey: z.string().optional(),
  keyRef: z.string().optional(),
  issuer: z.string().optional(),
  transparencyLog: z.string().default("Required"),
});
const notation = z.object({ trustStore: z.string() });
const signers = z.array(z.object({ cosign: cosign.optional(), notation: notation.optional() }));
/** What is not in this shape is told by who loads the policy. */
const inEvidence = z.object({ spec: z.object({ evidence: z.object({ signers }) }) });
const revoking = z.object({ spec: z.object({ evidence: z.object({ revokers: signers }) }) });
const inModel = z.object({ model: z.object({ signedBy: signers }) });
const registered = z.object({ benchmarks: z.array(z.unknown()) });
const askingForTime = z.object({ preRegistered: z.literal(true) });
const policy = z.object({
  kind: z.literal("EvaluationPolicy"),
  spec: z.object({ require: z.array(z.unknown()).catch([]) }),
});

type Cosign = z.output<typeof cosign>;

/**
 * Signers whose signatures the gate could never verify: what is not a key, or a weak one; the same key twice; and, where it is
 * known what the gate trusts, a key that is not mounted, and a log or a time of signing that it has no trusted root for. Such a
 * policy would deny everything, and say why only to those who deploy.
 */
export function checkSigners(file: PolicyFile, trust?: Trust): Problem[] {
  return readDocuments(file).flatMap((document) => {
    if (Array.isArray(document)) return [];
    const wrong = listSigners(document.value).flatMap(([path, list]) => checkList(document, path, list, trust));
    return [...wrong, ...checkTimes(document, trust)];
  });
}

/** No time is verified without what says whose times count. */
function checkTimes(document: SourceDocument, trust: Trust | undefined): Problem[] {
  if (trust === undefined || trust.root !== undefined) return [];
  return (policy.safeParse(document.value).data?.spec.require ?? []).flatMap((one, at) =>
    (registered.safeParse(one).data?.benchmarks ?? []).flatMap((rule, index) => {
      if (!askingForTime.safeParse(rule).success) return [];
      const path = ["spec", "require", at, "benchmarks", index, "preRegistered"];
      return [document.locateProblem(path, "times of signing need signatures.trustedRoot in the gate's configuration")];
    }),
  );
}

type Path = readonly (string | number)[];
type Signers = z.output<typeof signers>;

/** Each list of signers that a policy has, with its place: of evidence, of who may revoke it, and of models. */
function listSigners(value: unknown): [Path, Signers][] {
  const parsed = policy.safeParse(value);
  if (!parsed.success) return [];
  const own = inEvidence.safeParse(value).data?.spec.evidence.signers ?? [];
  const revokers = revoking.safeParse(value).data?.spec.evidence.revokers ?? [];
  const ofModels = parsed.data.spec.require.map((one, at): [Path, Signers] => [
    ["spec", "require", at, "model", "signedBy"],
    inModel.safeParse(one).data?.model.signedBy ?? [],
  ]);
  return [[["spec", "evidence", "signers"], own], [["spec", "evidence", "revokers"], revokers], ...ofModels];
}

function checkList(document: SourceDocument, place: Path, list: Signers, trust: Trust | undefined): Problem[] {
  const seen = new Map<string, number>();
  return list.flatMap(({ cosign: signer, notation: notary }, at) => {
    const path = [...place, at];
    const unknown = notary && trust && !trust.stores.has(notary.trustStore);
    if (unknown) {
      const problem = `there is no trust store ${notary.trustStore} in the folder that signatures.trustStoresDirectory names`;
      return [document.locateProblem([...path, "notation"], problem)];
    }
    const problem = signer && (findProblem(signer, trust) ?? repetition(signer, at, seen));
    return problem === undefined ? [] : [document.locateProblem([...path, "cosign"], problem)];
  });
}

function findProblem(
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
