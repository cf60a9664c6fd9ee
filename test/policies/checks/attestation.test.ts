import type { Attestation, Content, Signatures } from "../../../policies/artifact.ts";
import type { ModelIndex } from "../../../policies/workload.ts";
import { digest, goodBenchmarks } from "../../support/builders/evidence.ts";
import { ci, ciId, model, named, results, testCheck } from "./case.ts";

const signedByCi: Signatures = {
  kind: "checked",
  seen: 1,
  verified: [{ signer: ciId, identity: "key sha256:1" }],
  problems: [],
};
const stated = (change: Partial<Attestation>): Content => ({
  ...results(...goodBenchmarks),
  attestation: { bundle: "{}", form: "bundle", subjects: [digest(66)], passed: true, verifier: undefined, ...change },
});

const runs67 = model({ digest: digest(67) });
const at66 = (found: ModelIndex["found"]) => ({
  modelIndexes: [{ repository: "quay.io/acme/granite", digest: digest(66), found }],
});

testCheck("attestation", [
  {
    says: "about an image index that lists the model",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({}),
    workload: { ...runs67, ...at66({ kind: "index", size: 2, lists: [digest(67)] }) },
  },
  {
    says: "about an image index that lists others",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({}),
    workload: { ...runs67, ...at66({ kind: "index", size: 2, lists: [] }) },
    reason: "MODEL_DIGEST_MISMATCH",
  },
  {
    says: "about what may be an image index, and could not be looked up",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({}),
    workload: { ...runs67, ...at66({ kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "down" }) },
    reason: "REGISTRY_UNAVAILABLE",
  },
  {
    says: "about the model, and passed",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({}),
  },
  {
    says: "about another (T22)",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({ subjects: [digest(67)] }),
    reason: "MODEL_DIGEST_MISMATCH",
  },
  {
    says: "of a model that the workload does not name by digest",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({}),
    workload: model({ digest: undefined }),
    reason: "MODEL_DIGEST_MISMATCH",
  },
  {
    says: "failed",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({ passed: false }),
    reason: "BENCHMARK_FAILED",
  },
  {
    says: "about a digest that what runs may not load",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({}),
    workload: model({ unreadable: "HF_ENDPOINT leads elsewhere" }),
    reading: { declared: { name: ["Opaque"] } },
    reason: "MODEL_DIGEST_MISMATCH",
  },
  {
    says: "a list of properties, where none is asked for by name",
    asks: named,
    signers: [ci],
    signatures: signedByCi,
    content: stated({ passed: undefined }),
    reason: "BENCHMARK_MISSING",
  },
]);
