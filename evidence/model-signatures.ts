import type { Policy, RequiredSigners } from "../policies/policy.ts";
import type { ModelSignatures, Workload } from "../policies/workload.ts";
import { allOf, andThen, type NowOrLater } from "../runtime/now-or-later.ts";
import { listModelPlaces } from "./model-places.ts";
import { getHost } from "./registry-of.ts";
import type { Deadline } from "./search.ts";
import type { SignatureCache } from "./signature/signature-cache.ts";

/** Signatures of models, found and verified, remembered: a {@link SignatureCache} that looks for those. */
export type ModelSignatureCache = Pick<SignatureCache, "peek" | "lookUp">;

/**
 * Who signed the workload's models themselves, place by place: at once where it is remembered. Undefined where no policy asks;
 * then nobody is asked. Never rejects.
 */
export function findModelSignatures(
  cache: ModelSignatureCache | undefined,
  workload: Workload,
  policies: readonly Policy[],
  deadline: Deadline,
): NowOrLater<readonly ModelSignatures[] | undefined> {
  const asking = policies.filter((policy) => listRequired(policy).length > 0);
  if (cache === undefined || asking.length === 0) return undefined;
  const required = asking.flatMap(listRequired);
  const answers = listModelPlaces(workload, asking).map(({ repository, digest }) => {
    const found =
      cache.peek(repository, digest, required) ??
      cache.lookUp(repository, digest, required, deadline.signal(getHost(repository)));
    return andThen(found, (signatures): ModelSignatures => ({ repository, digest, signatures }));
  });
  return allOf(answers);
}

function listRequired({ requirements }: Policy): RequiredSigners[] {
  return requirements.flatMap(({ model: { signedBy } }) => signedBy ?? []);
}
