import { toEvidenceKey, type Evidence, type EvidenceReference, type EvidenceSet } from "../evidence.ts";
import type { Policy } from "../policy.ts";
import { show, showAll } from "../show.ts";

/** What is known of a reference, and the name of the place where it was found or looked for last. */
export interface FoundEvidence {
  readonly name: string;
  readonly found: Evidence;
}

/** What came of one reference, as this policy sees it: only its repositories count. */
export function findEvidence(reference: EvidenceReference, policy: Policy, evidence: EvidenceSet): FoundEvidence {
  switch (reference.kind) {
    case "malformed":
      return {
        name: show(reference.text),
        found: { kind: "refused", reason: "EVIDENCE_MALFORMED", message: reference.problem },
      };
    case "full": {
      const name = toEvidenceKey(reference.repository, reference.digest);
      if (policy.repositories.some((pattern) => pattern.matches(reference.repository)))
        return { name, found: evidence.get(name) ?? notLookedFor };
      const message = `${show(reference.repository)} is not among the policy's repositories: ${showRepositories(policy)}`;
      return { name, found: { kind: "refused", reason: "REPOSITORY_NOT_TRUSTED", message } };
    }
    case "bare": {
      const places = policy.repositories
        .filter(({ exact }) => exact)
        .map(({ text }) => toEvidenceKey(text, reference.digest));
      const answers = places.map((name) => ({ name, found: evidence.get(name) ?? notLookedFor }));
      const [best] = answers.toSorted((a, b) => preference[a.found.kind] - preference[b.found.kind]);
      const hint = `the policy lists only patterns (${showRepositories(policy)}), so a bare digest cannot be looked up: name the repository`;
      return best ?? { name: reference.text, found: { kind: "absent", message: hint } };
    }
  }
}

/** Among the places where a bare digest may lie: a proof, then a doubt, then a refusal. */
const preference = { found: 0, unavailable: 1, refused: 2, absent: 3 } as const;

const notLookedFor: Evidence = {
  kind: "unavailable",
  reason: "INTERNAL_ERROR",
  message: "the evidence was not looked for",
};

function showRepositories({ repositories }: Policy): string {
  return showAll(repositories.map(({ text }) => text));
}
