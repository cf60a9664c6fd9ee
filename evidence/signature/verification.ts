import type { Signatures } from "../../policies/artifact.ts";
import type { Digest } from "../../policies/digest.ts";
import type { RequiredSigners } from "../../policies/policy.ts";
import type { Signer } from "../../policies/signer.ts";
import { deepFreeze } from "../../runtime/deep-freeze.ts";
import type { TakeTurn } from "../../runtime/turns.ts";
import type { AttachedSignatures } from "./attached-signature.ts";
import { createVerificationMemory, type VerificationMemory, type VerificationTerms } from "./verification-memory.ts";
import { listSigners, verifyAll } from "./verify-all.ts";
import { type Verdict, verifySignature } from "./verify.ts";

/** Each verdict, as it comes; it goes on once it is given what the verdict is. */
type VerificationRun = Generator<Verdict | Promise<Verdict>, Signatures, Verdict>;

/** A step takes some milliseconds at worst, with a certificate and a log entry to check. */
const stepsAtOnce = 4;

/** What came of verifying signatures, and is remembered as long as they are. It never changes but by growing. */
export interface Verification {
  readonly attached: AttachedSignatures;
  /** What is remembered, or can be verified at once, in at most so many steps; else undefined. */
  getAtOnce(terms: VerificationTerms, maxSteps?: number): Signatures | undefined;
  /** In steps, with others' work between them. */
  getInTurns(terms: VerificationTerms, turn: TakeTurn): Promise<Signatures>;
  /** Of the same signatures and more, added at the end: what has been verified already is not verified again. */
  extend(attached: AttachedSignatures): Verification;
}

/** Starts with nothing verified. */
export function createVerification(attached: AttachedSignatures, digest: Digest): Verification {
  return toVerification(attached, digest, createVerificationMemory<Verdict | Promise<Verdict>>());
}

function toVerification(
  attached: AttachedSignatures,
  digest: Digest,
  verdicts: VerificationMemory<Verdict | Promise<Verdict>>,
): Verification {
  const outcomes = createVerificationMemory<Signatures>();

  function* run(terms: VerificationTerms): VerificationRun {
    const [known, key] = [outcomes(terms), toRequiredKey(terms.required)];
    const before = known.get(key);
    if (before !== undefined) return before;
    const signatures = deepFreeze(yield* verifyAll(attached, terms.required, terms.trust, makeVerifier(terms)));
    known.set(key, signatures);
    return signatures;
  }

  function makeVerifier(terms: VerificationTerms): (at: number, signer: Signer) => Verdict | Promise<Verdict> {
    const known = verdicts(terms);
    return (at, signer) => {
      const pair = `${at}\n${signer.id}`;
      const verdict = known.get(pair) ?? verifyOne(attached, digest, at, signer, terms);
      known.set(pair, verdict);
      return verdict instanceof Promise ? remember(known, pair, verdict) : verdict;
    };
  }

  return {
    attached,
    getAtOnce(terms, maxSteps = stepsAtOnce) {
      const known = outcomes(terms).get(toRequiredKey(terms.required));
      return known ?? (countSteps(attached, terms) <= maxSteps ? runAtOnce(run(terms)) : undefined);
    },
    getInTurns: (terms, turn) => runInTurns(run(terms), turn),
    extend: (more) => toVerification(more, digest, verdicts),
  };
}

async function runInTurns(running: VerificationRun, turn: TakeTurn): Promise<Signatures> {
  let step = running.next();
  while (step.done !== true) {
    const verdict = await step.value;
    await turn();
    step = running.next(verdict);
  }
  return step.value;
}

/** Whoever asks meanwhile waits for the same verdict. */
async function remember(
  known: Map<string, Verdict | Promise<Verdict>>,
  pair: string,
  later: Promise<Verdict>,
): Promise<Verdict> {
  const verdict = await later;
  known.set(pair, verdict);
  return verdict;
}

function countSteps({ all }: AttachedSignatures, { required }: VerificationTerms): number {
  return all.length * listSigners(required).length;
}

/** Undefined where a verdict comes later: it is remembered when it comes. */
function runAtOnce(running: VerificationRun): Signatures | undefined {
  let step = running.next();
  while (step.done !== true) {
    if (step.value instanceof Promise) return undefined;
    step = running.next(step.value);
  }
  return step.value;
}

function verifyOne(
  { all, manifest }: AttachedSignatures,
  digest: Digest,
  at: number,
  signer: Signer,
  { trust, now }: VerificationTerms,
): Verdict | Promise<Verdict> {
  const signature = all[at];
  if (signature === undefined) throw new RangeError(`there is no signature ${at}`);
  return verifySignature(signature, { digest, manifest }, signer, trust, now);
}

/** Who is asked for, and how many of them: the same for policies that ask the same. */
export function toRequiredKey(required: readonly RequiredSigners[]): string {
  return required.map(toKey).join("\n");
}

/** Policies keep what they ask for as long as they are in force. */
const keys = new WeakMap<RequiredSigners, string>();

function toKey(one: RequiredSigners): string {
  const known = keys.get(one);
  if (known !== undefined) return known;
  const key = `${one.any.map(({ id }) => id).join("\n")}\n${one.threshold}`;
  keys.set(one, key);
  return key;
}
