import type { Signatures } from "../../../policies/artifact.ts";
import { digest } from "../../support/builders/evidence.ts";
import { ci, ciId, model, testCheck } from "./case.ts";

const asks = { model: { version: "Any", signedBy: [ci] } };
const repository = "quay.io/acme/evals";
const byCi: Signatures = {
  kind: "checked",
  seen: 1,
  verified: [{ signer: ciId, identity: "key sha256:1" }],
  problems: [],
};
const byNobody: Signatures = { kind: "checked", seen: 0, verified: [], problems: [] };
const unseen: Signatures = { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "no" };

/** Who signed the model of the other builders, in each place. */
const signed = (...places: readonly Signatures[]) => ({
  modelSignatures: places.map((signatures) => ({ repository, digest: digest(66), signatures })),
});

testCheck("model-signature", [
  { says: "by one who is named", asks, workload: signed(byCi) },
  { says: "in one place of several", asks, workload: signed(byNobody, byCi) },
  { says: "by nobody", asks, workload: signed(byNobody), reason: "MODEL_NOT_SIGNED" },
  {
    says: "in another place than the policy's",
    asks,
    workload: { modelSignatures: [{ repository: "quay.io/else/evals", digest: digest(66), signatures: byCi }] },
    reason: "MODEL_NOT_SIGNED",
  },
  {
    says: "for another build",
    asks,
    workload: { modelSignatures: [{ repository, digest: digest(67), signatures: byCi }] },
    reason: "MODEL_NOT_SIGNED",
  },
  { says: "by one who could not be looked for", asks, workload: signed(unseen), reason: "REGISTRY_UNAVAILABLE" },
  {
    says: "by nobody in one place, and not known in another",
    asks,
    workload: signed(byNobody, unseen),
    reason: "REGISTRY_UNAVAILABLE",
  },
  { says: "where nobody looked", asks, reason: "INTERNAL_ERROR" },
  {
    says: "of a model that is not named by digest",
    asks,
    workload: { ...model({ digest: undefined }), modelSignatures: [] },
    reason: "MODEL_UNKNOWN",
  },
]);
