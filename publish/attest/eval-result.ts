import type { Digest } from "../../policies/digest.ts";
import { makeStatement, type StatementSubject, type UnsignedStatement } from "../push/statement.ts";

/** The type that the proposal names. https://github.com/in-toto/attestation/pull/575 */
const evalResultType = "https://in-toto.io/attestation/eval-result/v0.1";

/** A bar, and whether what was measured meets it. */
export interface Claim extends Bar {
  readonly passed: boolean;
}

/** What a metric is held to. */
export interface Bar {
  readonly metric: string;
  readonly comparator: ">=" | ">" | "<=" | "<";
  /** A decimal, as it was written: 0.62 and 0.620 stay what they are. */
  readonly threshold: string;
}

/** What a statement says of an evaluation. */
export interface EvalResult {
  /** RFC 3339: when the evaluation ended. */
  readonly evaluatedAt: string;
  readonly suite: { readonly name: string; readonly version: string };
  readonly claims: readonly Claim[];
  /** The samples that the metrics are over. */
  readonly sampleSize: number;
  /** The manifest of the registration under which it was run; undefined where there is none. */
  readonly registration: Digest | undefined;
}

/** Whoever reads the statement finds out here what wrote it. It speaks for nobody: the signature does. */
const verifier = { id: "https://assaygate.dev" };

/** The statement about a model. The same result gives the same bytes. */
export function makeEvalResult(model: StatementSubject, { suite, claims, ...rest }: EvalResult): UnsignedStatement {
  const registration = rest.registration?.slice("sha256:".length);
  const predicate = {
    verifier,
    evaluatedAt: rest.evaluatedAt,
    suite,
    claims,
    sampleSize: rest.sampleSize,
    assuranceLevel: "self_attested",
    subjectProfile: "public-model",
    ...(registration !== undefined && { preRegistration: { alg: "sha256", value: registration } }),
  };
  const payload = Buffer.from(toCanonicalJson(makeStatement(model, evalResultType, predicate)));
  return { payload, predicateType: evalResultType, kind: "attestation" };
}

/** Keys in order and no space: the proposal's own verifier takes no other bytes for a statement's. */
function toCanonicalJson(value: object): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof Object && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** `METRIC>=0.62`, with `>=`, `>`, `<=` or `<`; undefined for anything else. */
export function parseBar(text: string): Bar | undefined {
  const [, metric, comparator, threshold] =
    /^(.*?[^<>=\s])\s*(>=|<=|>|<)\s*(-?[0-9]{1,30}(?:\.[0-9]{1,30})?)$/.exec(text) ?? [];
  if (metric === undefined || threshold === undefined) return undefined;
  return isComparator(comparator) ? { metric, comparator, threshold } : undefined;
}

function isComparator(text: string | undefined): text is Bar["comparator"] {
  return text === ">=" || text === ">" || text === "<=" || text === "<";
}

/** Whether a value meets a bar. NaN meets none. */
export function checkBar({ comparator, threshold }: Bar, value: number): boolean {
  const bar = Number(threshold);
  switch (comparator) {
    case ">=":
      return value >= bar;
    case ">":
      return value > bar;
    case "<=":
      return value <= bar;
    case "<":
      return value < bar;
  }
}
