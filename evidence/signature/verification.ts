import type { Signatures } from "../../policies/artifact.ts";
import type { Digest } from "../../policies/digest.ts";
import type { Signer } from "../../policies/language/signer.ts";
import type { RequiredSigners } from "../../policies/policy.ts";
import { deepFreeze } from "../../runtime/deep-freeze.ts";
import type { TakeTurn } from "../../runtime/turns.ts";
import type { AttachedSignatures } from "./attached-signature.ts";
import { createVerificationMemory, type VerificationMemory, type VerificationTerms } from "./verification-memory.ts";
import { signersIn, verifyAll } from "./verify-all.ts";
import { type Verdict, verifySignature } from "./verify.ts";

/** A step takes some milliseconds at worst, with a certificate and a log entry to check. */
const pairsAtOnce = 4;

/** What came of verifying signatures, and is remembered as long as they are. It never changes but by growing. */
export interface Verification {
  readonly attached: AttachedSignatures;
  /** What is remembered, or takes few enough steps to be done at once; else undefined. */
  getAtOnce(terms: VerificationTerms): Signatures | undefined;
  /** At once, however many steps it takes. */
  get(terms: VerificationTerms): Signatures;
  /** In steps, with others' work between them. */
  getInTurns(terms: VerificationTerms, turn: TakeTurn): Promise<Signatures>;
  /** Of the same signatures and more, added at the end: what has been verified already is not verified again. */
  extend(attached: AttachedSignatures): Verification;
}

/** Starts with nothing verified. */
export function createVerification(attached: AttachedSignatures, digest: Digest): Verification {
  return verificationOf(attached, digest, createVerificationMemory<Verdict>());
}

function verificationOf(
  attached: AttachedSignatures,
  digest: Digest,
  verdicts: VerificationMemory<Verdict>,
): Verification {
  const outcomes = createVerificationMemory<Signatures>();

  function* run(terms: VerificationTerms): Generator<void, Signatures, void> {
    const [known, key] = [outcomes(terms), keyOfRequired(terms.required)];
    const before = known.get(key);
    if (before !== undefined) return before;
    const signatures = deepFreeze(yield* verifyAll(attached, terms.required, terms.trust, verifierOf(terms)));
    known.set(key, signatures);
    return signatures;
  }

  function verifierOf(terms: VerificationTerms): (at: number, signer: Signer) => Verdict {
    const known = verdicts(terms);
    return (at, signer) => {
      const pair = `${at}\n${signer.id}`;
      const verdict = known.get(pair) ?? verifyOne(attached, digest, at, signer, terms);
      known.set(pair, verdict);
      return verdict;
    };
  }

  return {
    attached,
    getAtOnce(terms) {
      const pairs = attached.all.length * signersIn(terms.required).length;
      return (
        outcomes(terms).get(keyOfRequired(terms.required)) ?? (pairs <= pairsAtOnce ? finish(run(terms)) : undefined)
      );
    },
    get: (terms) => finish(run(terms)),
    async getInTurns(terms, turn) {
      const running = run(terms);
      for (;;) {
        const step = running.next();
        if (step.done === true) return step.value;
        await turn();
      }
    },
    extend: (more) => verificationOf(more, digest, verdicts),
  };
}

function verifyOne(
  { all, manifest }: AttachedSignatures,
  digest: Digest,
  at: number,
  signer: Signer,
  { trust, now }: VerificationTerms,
): Verdict {
  const signature = all[at];
  if (signature === undefined) throw new RangeError(`there is no signature ${at}`);
  return verifySignature(signature, { digest, manifest }, signer, trust, now);
}

function finish(running: Generator<void, Signatures, void>): Signatures {
  for (;;) {
    const step = running.next();
    if (step.done === true) return step.value;
  }
}

/** Who is asked for, and how many of them: the same for policies that ask the same. */
export function keyOfRequired(required: readonly RequiredSigners[]): string {
  return required.map(({ any, threshold }) => `${any.map(({ id }) => id).join("\n")}\n${threshold}`).join("\n");
}
