import { explainUnusable } from "../../evidence/errors.ts";
import type { Evidence } from "../../policies/evidence.ts";

/** What became of the work, as its reason: `accepted`, `absent`, or the code of a refusal or doubt. Bugs are thrown on. */
export async function outcomeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return "accepted";
  } catch (error) {
    const missing = explainUnusable(error);
    if (missing === undefined) throw error;
    return reasonOf(missing);
  }
}

export function reasonOf(evidence: Evidence): string {
  return "reason" in evidence ? evidence.reason : evidence.kind;
}
