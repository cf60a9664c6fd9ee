import type { Signatures, SignatureProblem, Unseen, VerifiedSignature } from "../../policies/artifact.ts";
import type { Signer } from "../../policies/signer.ts";
import { isEnough } from "../../policies/signers/evaluate-signatures.ts";
import type { RequiredSigners } from "../../policies/policy.ts";
import { limits } from "../../registry/limits.ts";
import type { AttachedSignature, AttachedSignatures } from "./attached-signature.ts";
import { readKey, getHint, type Trust } from "./trust.ts";
import type { Verdict } from "./verify.ts";

/** The first few are all tried, so that everybody who signed an ordinary artifact is named. */
const alwaysTried = 64;

/**
 * What becomes of these signatures for these signers. Each pair of the two is a step; the likely ones come first, up to
 * `limits.verifications`, and one that holds is enough whatever else is attached. It yields each verdict and is
 * given it when it is known, so that others may have their turn. `verify` is told the place of the signature among all.
 */
export function* verifyAll(
  { all, unseen }: AttachedSignatures,
  required: readonly RequiredSigners[],
  trust: Trust,
  verify: (at: number, signer: Signer) => Verdict | Promise<Verdict>,
): Generator<Verdict | Promise<Verdict>, Signatures, Verdict> {
  const verified: VerifiedSignature[] = [];
  const problems: SignatureProblem[] = [];
  const pairs = listPairs(all, listSigners(required), trust);
  const tried = Math.min(pairs.length, limits.verifications);
  for (const [count, { at, signer }] of pairs.slice(0, tried).entries()) {
    if (count >= alwaysTried && isEnoughFor(required, verified)) break;
    const result = yield verify(at, signer);
    if ("identity" in result) verified.push(result);
    else problems.push(result);
  }
  const left = pairs.slice(tried).filter(({ rank }) => rank < unlikely).length;
  const untried: Unseen[] =
    left === 0
      ? []
      : [{ kind: "too-many", message: `${all.length} signatures are attached, and ${left} were not tried` }];
  const gap = findGap([...untried, ...unseen.map(toUnseen)]);
  if (gap?.kind === "unavailable" && all.length === 0) return gap;
  return { kind: "checked", seen: all.length, verified, problems, ...(gap && { unseen: gap }) };
}

/** Whether each of the requirements has as many signers as it asks for. */
function isEnoughFor(required: readonly RequiredSigners[], verified: readonly VerifiedSignature[]): boolean {
  return required.every((one) => isEnough(one, verified));
}

/** Each that any policy names, once. */
export function listSigners(required: readonly RequiredSigners[]): Signer[] {
  return [...new Map(required.flatMap(({ any }) => any).map((signer) => [signer.id, signer])).values()];
}

/** What the requester can bring about comes first: nobody may choose that the gate could not look. */
function findGap(gaps: readonly (Unseen | undefined)[]): Unseen | undefined {
  const some = gaps.filter((one) => one !== undefined);
  return some.find(({ kind }) => kind === "too-many") ?? some.find(({ kind }) => kind === "invalid") ?? some[0];
}

function toUnseen(one: AttachedSignatures["unseen"][number]): Unseen | undefined {
  switch (one.kind) {
    case "too-many":
    case "unavailable":
      return one;
    case "refused":
      return { kind: "invalid", message: one.message };
    case "absent":
      return undefined;
  }
}

interface Pair {
  /** The place of the signature among all. */
  readonly at: number;
  readonly signer: Signer;
  readonly rank: number;
}

/** Says that it is another's. It is tried where there is room, to say what is wrong with it. */
const unlikely = 3;

function listPairs(all: readonly AttachedSignature[], signers: readonly Signer[], trust: Trust): Pair[] {
  const hints = new Map(signers.map((signer) => [signer, findHint(signer, trust)]));
  const pairs = all.flatMap((signature, at) =>
    signers.map((signer): Pair => ({ at, signer, rank: rankPair(signature, signer, hints.get(signer)) })),
  );
  return pairs.length <= alwaysTried ? pairs : pairs.toSorted((a, b) => a.rank - b.rank);
}

function findHint(signer: Signer, trust: Trust): string | undefined {
  if (signer.kind !== "key") return undefined;
  const key = readKey(signer, trust);
  return typeof key === "string" ? undefined : getHint(key);
}

/** By a look at the bytes, which proves nothing: 0 names the very key. */
function rankPair(signature: AttachedSignature, { kind }: Signer, hint: string | undefined): number {
  switch (signature.kind) {
    case "broken":
      return unlikely;
    case "notation":
      return kind === "notation" ? 1 : unlikely;
    case "envelope":
      return kind === "key" ? 1 : unlikely;
    case "simple-signing":
      return kind === (signature.certificate === undefined ? "key" : "identity") ? 1 : unlikely;
    case "bundle":
    case "model":
    case "revocation":
    case "registration":
    case "attestation": {
      if (kind === "notation") return unlikely;
      const bytes = Buffer.from(signature.bytes.buffer, signature.bytes.byteOffset, signature.bytes.byteLength);
      if (kind === "identity") return bytes.includes("ertificate") ? 1 : 2;
      if (hint !== undefined && bytes.includes(hint)) return 0;
      return bytes.includes("ertificate") ? 2 : 1;
    }
  }
}
