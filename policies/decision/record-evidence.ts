import type { EvidenceRecord } from "../decision.ts";
import type { Evidence, EvidenceSet } from "../evidence.ts";

/** What became of each reference, for the record of the decision. */
export function recordEvidence(evidence: EvidenceSet): EvidenceRecord[] {
  return [...evidence].map(([key, one]) => {
    const at = key.lastIndexOf("@");
    const evaluators = listEvaluators(one);
    return {
      repository: key.slice(0, at),
      digest: key.slice(at + 1),
      state: one.kind,
      signers: listSigners(one),
      ...(evaluators && { evaluators }),
    };
  });
}

/** The tools that wrote the results, where those are the tools' own files. */
function listEvaluators(evidence: Evidence): EvidenceRecord["evaluators"] {
  if (evidence.kind !== "found" || evidence.artifact.content.kind !== "read") return undefined;
  return evidence.artifact.content.evaluators;
}

/** Those whose signatures were verified: signers that some policy names. */
function listSigners(evidence: Evidence): string[] {
  const signatures = evidence.kind === "found" ? evidence.artifact.signatures : undefined;
  if (signatures?.kind !== "checked") return [];
  return [...new Set(signatures.verified.map(({ identity }) => identity))].toSorted();
}
