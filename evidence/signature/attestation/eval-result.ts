import * as z from "zod";
import type { StatedBound } from "../../../policies/artifact.ts";
import { maxDecimalCharacters, parseDecimal } from "../../../policies/decimal.ts";
import { isImpossible } from "../../../policies/bounds.ts";
import type { Digest } from "../../../policies/digest.ts";
import { parseDigest, shortenDigest } from "../../../policies/digest.ts";
import { show } from "../../../policies/show.ts";
import { limits } from "../../../registry/limits.ts";
import { parseListOf, parseMapOf } from "../../stop-at-first.ts";
import { AttestationError } from "./problem.ts";
import { parseShape } from "./read-json.ts";
import type { Predicate } from "./statement-content.ts";
import { checkTime } from "./time.ts";

/** The type that the proposal names, and those that its reference implementation writes, with their predicate's version. */
export const evalResultTypes: ReadonlyMap<string, "v0.1" | "v0.2"> = new Map([
  ["https://in-toto.io/attestation/eval-result/v0.1", "v0.1"],
  ["https://b7n0de.com/attestation/eval-result/v0.1", "v0.1"],
  ["https://b7n0de.com/attestation/eval-result/v0.2", "v0.2"],
]);

const party = z.object({ id: z.string().min(1) });

const claim = z.object({
  metric: z.string().min(1).max(limits.nameCharacters),
  comparator: z.enum([">=", ">", "<=", "<"]),
  threshold: z
    .string()
    .refine(
      (text) => parseDecimal(text) !== undefined,
      `must be a decimal of at most ${maxDecimalCharacters} characters`,
    ),
  passed: z.boolean(),
});

const common = z.object({
  evaluatedAt: z.string(),
  suite: z.object({ name: z.string().min(1), version: z.string().min(1).max(limits.nameCharacters) }),
  claims: parseListOf(claim, { min: 1, max: limits.benchmarks }),
  sampleSize: z.int().nonnegative(),
  subjectProfile: z.enum(["receipt", "public-model", "release-gate"]),
  preRegistration: z.object({ alg: z.string(), value: z.string() }).optional(),
});

/** In this version `verifier` is a constant of the tool: it names nobody, and nobody speaks in its name. */
const older = common.extend({ verifier: party });
const newer = common.extend({
  evaluator: party,
  model: z.object({ digest: parseMapOf(z.string()) }).optional(),
  dataset: z.object({ digest: parseMapOf(z.string()) }).optional(),
});

/**
 * What an evaluation result says: one benchmark, the suite, with claims in place of values. It passed where every claim did.
 *
 * Salted commitments are no digests of anything, and are not read: the model is the statement's subject. What speaks of a
 * receipt instead, or names another model besides, is refused. https://github.com/in-toto/attestation/pull/575
 */
export function readEvalResult(predicate: unknown, version: "v0.1" | "v0.2", subjects: readonly Digest[]): Predicate {
  const facts = version === "v0.1" ? parseShape(predicate, older, malformed) : readNewer(predicate, subjects);
  const { evaluatedAt, suite, claims, sampleSize, subjectProfile, preRegistration } = facts;
  if (subjectProfile === "receipt")
    throw new AttestationError(malformed, "its subject is a receipt (subjectProfile: receipt), and not a model");
  refuseContradiction(claims);
  const passed = claims.every((one) => one.passed);
  const verifiedAt = checkTime(evaluatedAt, "evaluatedAt");
  const manifest = preRegistration?.alg === "sha256" ? parseSha256(preRegistration.value) : undefined;
  const dataset = "dataset" in facts ? parseSha256(facts.dataset?.digest["sha256"]) : undefined;
  return {
    passed,
    verdicts: [[suite.name, passed]],
    suite: {
      bounds: claims,
      version: suite.version,
      samples: { scored: sampleSize, total: undefined },
      ...(manifest && { preRegistration: { manifest, evaluatedAt: verifiedAt, dataset } }),
    },
    verifier: undefined,
    verifiedAt,
  };
}

function parseSha256(hex: string | undefined): Digest | undefined {
  return parseDigest(`sha256:${hex}`);
}

const malformed = "PREDICATE_MALFORMED";

function readNewer(predicate: unknown, subjects: readonly Digest[]): z.infer<typeof newer> {
  const facts = parseShape(predicate, newer, malformed);
  const named = facts.model?.digest["sha256"];
  if (named === undefined) return facts;
  const digest = parseSha256(named);
  if (digest !== undefined && subjects.includes(digest)) return facts;
  const about = subjects.map(shortenDigest).join(" and ") || "no sha256 digest";
  throw new AttestationError(malformed, `its subject is ${about}, its predicate names the model ${show(named)}`);
}

function refuseContradiction(claims: readonly StatedBound[]): void {
  const byMetric = Map.groupBy(claims, ({ metric }) => metric);
  for (const [metric, own] of byMetric) {
    if (isImpossible(own))
      throw new AttestationError(
        malformed,
        `its claims on ${show(metric)} contradict each other: no value meets them all`,
      );
  }
}
