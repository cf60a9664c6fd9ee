import { error, fail, skip, type CheckResult } from "../finding.ts";
import { reportUnknownModel } from "../identity/unknown-model.ts";
import type { RequiredModelSigners } from "../policy.ts";
import { showAll } from "../show.ts";
import type { ModelSignatures } from "../workload.ts";
import type { Check } from "./check.ts";
import { evaluateSignatures } from "../signers/evaluate-signatures.ts";

/**
 * One of the signers that the requirement names has signed the model itself, file by file: exactly the files that the model's
 * manifest lists. It says who made the model, and nothing of how good it is.
 *
 * Skips unless the requirement asks for `model.signedBy`. A model that is not named by digest may be any build; what could not be
 * looked for is an error.
 *
 * Reads: `workload.modelSignatures`, `model.digest`, `requirement.model.signedBy`.
 */
export const modelSignature: Check = {
  id: "model-signature",
  run({ workload: { modelSignatures }, model, requirement }) {
    const required = requirement.model.signedBy;
    if (required === undefined) return skip;
    if (model.digest === undefined) return reportUnknownModel(model, "digest");
    if (modelSignatures === undefined) return notLookedFor;
    const places = modelSignatures.filter(
      ({ digest, repository }) =>
        digest === model.digest && required.repositories.some((pattern) => pattern.matches(repository)),
    );
    return places.length === 0 ? nowhere(required, model.field) : judgePlaces(required, places, model.field);
  },
};

/** One place is enough. Where none is, it counts that one of them could not be looked at. */
function judgePlaces(required: RequiredModelSigners, places: readonly ModelSignatures[], field: string): CheckResult {
  const results = places.map((place) => judgePlace(required, place, field));
  const find = (outcome: CheckResult["outcome"]): CheckResult | undefined =>
    results.find((result) => result.outcome === outcome);
  return find("pass") ?? find("error") ?? results[0] ?? nowhere(required, field);
}

function judgePlace(required: RequiredModelSigners, place: ModelSignatures, field: string): CheckResult {
  const result = evaluateSignatures(required, place.signatures);
  if (result.outcome === "pass" || result.outcome === "skip") return result;
  const { expected, found } = result;
  const facts = {
    expected,
    found,
    field,
    message: `of the model itself: ${result.message} (looked for in ${place.repository})`,
  };
  if (result.outcome === "error") return error(result.reason, facts);
  return fail(result.reason === "SIGNATURES_TOO_MANY" ? result.reason : "MODEL_NOT_SIGNED", facts);
}

function nowhere({ any, repositories }: RequiredModelSigners, field: string): CheckResult {
  const places = showAll(repositories.map(({ text }) => text));
  const message = `the model's signatures are looked for in its own repository and in those that the policy names in full, but the policy trusts none of these: ${places}`;
  return fail("MODEL_NOT_SIGNED", {
    expected: any.map(({ text }) => text).join(" or "),
    found: "nowhere to look",
    message,
    field,
  });
}

const notLookedFor = error("INTERNAL_ERROR", {
  expected: "the model's signatures",
  found: "not looked for",
  message: "the model's signatures were not looked for",
});
