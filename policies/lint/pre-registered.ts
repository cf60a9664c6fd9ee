import type { PolicyDocument } from "../schema/policy.ts";
import type { LintWarning, Rule } from "./rule.ts";

/**
 * A bar counts as fixed before the run by a registration that the policy's signers have signed in a Sigstore bundle: nothing else
 * carries a time that is not its author's. A policy whose signers can make none denies everything.
 */
export const preRegistered: Rule = {
  policy({ spec: { evidence, require } }) {
    const why = explainNone(evidence);
    if (why === undefined) return [];
    return require.flatMap(({ benchmarks = [] }, at) =>
      benchmarks.flatMap((rule, index): LintWarning[] => {
        if (rule.preRegistered === undefined) return [];
        const path = ["spec", "require", at, "benchmarks", index, "preRegistered"];
        return [{ path, message: `denies every evaluation: ${why}` }];
      }),
    );
  },
};

function explainNone({ signers, threshold = 1 }: PolicyDocument["spec"]["evidence"]): string | undefined {
  if (signers === undefined) return "a registration counts by who signed it, and evidence.signers names nobody";
  if (threshold > 1) return "a registration in a bundle carries one signature, and evidence.threshold asks for more";
  if (signers.some(({ cosign }) => cosign !== undefined)) return undefined;
  return "a registration is a statement in a Sigstore bundle, which signers by notation do not make";
}
