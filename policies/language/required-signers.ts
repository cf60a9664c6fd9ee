import { compileEach, type Complain } from "./complain.ts";
import type { RepositoryPattern } from "../patterns.ts";
import type { RequiredModelSigners, RequiredSigners } from "../policy.ts";
import type { PolicyDocument } from "../schema/policy.ts";
import type { Signer } from "../signer.ts";
import { compileSigner, type SignerDocument } from "./signer.ts";

type EvidenceDocument = PolicyDocument["spec"]["evidence"];

/** Who must have signed evidence; undefined where it is nobody, or there is a complaint. */
export function compileSigners(
  { signers, threshold }: EvidenceDocument,
  complain: Complain,
): RequiredSigners | undefined {
  if (signers === undefined) {
    if (threshold !== undefined) complain("needs signers, too", "evidence", "threshold");
    return undefined;
  }
  const compiled = compileEach(signers, compileSigner, complain, "evidence", "signers");
  const different = new Set(compiled.map(({ id }) => id)).size;
  if (threshold !== undefined && threshold > different && compiled.length === signers.length)
    complain(`asks for ${threshold} different signers, but the policy names ${different}`, "evidence", "threshold");
  const [first, ...rest] = compiled;
  return first && { any: [first, ...rest], threshold: threshold ?? 1 };
}

/** Whose revocations count; undefined where it is nobody's, or there is a complaint. */
export function compileRevokers({ revokers = [] }: EvidenceDocument, complain: Complain): RequiredSigners | undefined {
  const compile = compileCosignOnly("a revocation is a statement in a Sigstore bundle");
  const [first, ...rest] = compileEach(revokers, compile, complain, "evidence", "revokers");
  return first && { any: [first, ...rest], threshold: 1 };
}

/** Who must have signed the model, and where that is looked for; undefined where there is a complaint. */
export function compileModelSigners(
  documents: readonly SignerDocument[],
  repositories: readonly RepositoryPattern[],
  complain: Complain,
): RequiredModelSigners | undefined {
  const compile = compileCosignOnly("a model's signature is a Sigstore bundle");
  const [first, ...rest] = compileEach(documents, compile, complain, "model", "signedBy");
  const [place, ...places] = repositories;
  return first && place && { any: [first, ...rest], threshold: 1, repositories: [place, ...places] };
}

/** Compiles a signer where only cosign's can be looked for. */
function compileCosignOnly(why: string): (document: SignerDocument) => Signer | string {
  return (document) => (document.notation === undefined ? compileSigner(document) : `expected cosign: ${why}`);
}
