import type { Signatures, SignatureProblem, Unseen, VerifiedSignature } from "../../policies/artifact.ts";
import { isEnough } from "../../policies/checks/signers.ts";
import type { RequiredSigners } from "../../policies/policy.ts";
import type { Signer } from "../../policies/language/signer.ts";
import { limits } from "../../registry/limits.ts";
import type { Candidate, Candidates } from "./find-attached.ts";
import { keyOf, hintOf, type Trust } from "./trust.ts";

export type Verdict = VerifiedSignature | SignatureProblem;

/** The first few are all tried, so that everybody who signed an ordinary artifact is named. */
const alwaysTried = 64;

/**
 * What becomes of these candidates for these signers. Each pair of the two is a step; the likely ones come first, up to
 * `limits.verifications`, and one that holds is enough whatever else is attached. It yields after each step, so that others may
 * have their turn.
 */
export function* verifyAll(
  { all, unseen }: Candidates,
  required: readonly RequiredSigners[],
  trust: Trust,
  verify: (candidate: Candidate, signer: Signer) => Verdict,
): Generator<void, Signatures, void> {
  const verified: VerifiedSignature[] = [];
  const problems: SignatureProblem[] = [];
  const pairs = pairsOf(all, signersIn(required), trust);
  const tried = Math.min(pairs.length, limits.verifications);
  for (const [at, { candidate, signer }] of pairs.slice(0, tried).entries()) {
    if (at >= alwaysTried && isEnoughFor(required, verified)) break;
    const result = verify(candidate, signer);
    if ("identity" in result) verified.push(result);
    else problems.push(result);
    yield;
  }
  const left = pairs.slice(tried).filter(({ rank }) => rank < unlikely).length;
  const untried: Unseen[] =
    left === 0
      ? []
      : [{ kind: "too-many", message: `${all.length} signatures are attached, and ${left} were not tried` }];
  const gap = gapIn([...untried, ...unseen.map(toUnseen)]);
  if (gap?.kind === "unavailable" && all.length === 0) return gap;
  return { kind: "checked", seen: all.length, verified, problems, ...(gap && { unseen: gap }) };
}

export function isEnoughFor(required: readonly RequiredSigners[], verified: readonly VerifiedSignature[]): boolean {
  return required.every((one) => isEnough(one, verified));
}

/** Each that any policy names, once. */
export function signersIn(required: readonly RequiredSigners[]): Signer[] {
  return [...new Map(required.flatMap(({ any }) => any).map((signer) => [signer.id, signer])).values()];
}

/** What the requester can bring about comes first: nobody may choose that the gate could not look. */
function gapIn(gaps: readonly (Unseen | undefined)[]): Unseen | undefined {
  const some = gaps.filter((one) => one !== undefined);
  return some.find(({ kind }) => kind === "too-many") ?? some.find(({ kind }) => kind === "invalid") ?? some[0];
}

function toUnseen(one: Candidates["unseen"][number]): Unseen | undefined {
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
  readonly candidate: Candidate;
  readonly signer: Signer;
  readonly rank: number;
}

/** Says that it is another's. It is tried where there is room, to say what is wrong with it. */
const unlikely = 3;

function pairsOf(all: readonly Candidate[], signers: readonly Signer[], trust: Trust): Pair[] {
  const hints = new Map(signers.map((signer) => [signer, hintFor(signer, trust)]));
  const pairs = all.flatMap((candidate) =>
    signers.map((signer): Pair => ({ candidate, signer, rank: rankOf(candidate, signer, hints.get(signer)) })),
  );
  return pairs.length <= alwaysTried ? pairs : pairs.toSorted((a, b) => a.rank - b.rank);
}

function hintFor(signer: Signer, trust: Trust): string | undefined {
  if (signer.kind !== "key") return undefined;
  const key = keyOf(signer, trust);
  return typeof key === "string" ? undefined : hintOf(key);
}

/** By a look at the bytes, which proves nothing: 0 names the very key. */
function rankOf(candidate: Candidate, { kind }: Signer, hint: string | undefined): number {
  switch (candidate.kind) {
    case "broken":
      return unlikely;
    case "notation":
      return kind === "notation" ? 1 : unlikely;
    case "simple-signing":
      return kind === (candidate.certificate === undefined ? "key" : "identity") ? 1 : unlikely;
    case "bundle":
    case "attestation": {
      if (kind === "notation") return unlikely;
      const bytes = Buffer.from(candidate.bytes.buffer, candidate.bytes.byteOffset, candidate.bytes.byteLength);
      if (kind === "identity") return bytes.includes("ertificate") ? 1 : 2;
      if (hint !== undefined && bytes.includes(hint)) return 0;
      return bytes.includes("ertificate") ? 2 : 1;
    }
  }
}
