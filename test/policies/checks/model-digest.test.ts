import type { Digest } from "../../../policies/digest.ts";
import type { ModelIndex } from "../../../policies/workload.ts";
import { digest } from "../../support/builders/evidence.ts";
import { model, testCheck } from "./case.ts";

const digestKey = "dev.assaygate.model.digest";
const sameDigest = { model: { name: "Any", version: "Any", digest: "SameAsWorkload" } };

const repository = "quay.io/acme/granite";
const runs67 = model({ digest: digest(67) });

/** What lies under a digest, in one repository after the other. */
const indexes = (at: Digest, ...found: readonly ModelIndex["found"][]) => ({
  modelIndexes: found.map((one): ModelIndex => ({ repository, digest: at, found: one })),
});
const listing = (...lists: Digest[]): ModelIndex["found"] => ({ kind: "index", size: 2, lists });
const down: ModelIndex["found"] = { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "down" };
const gone: ModelIndex["found"] = { kind: "absent", message: "not there" };
const mismatch = "MODEL_DIGEST_MISMATCH";

testCheck("model-digest", [
  {
    says: "an index that lists it",
    asks: sameDigest,
    workload: { ...runs67, ...indexes(digest(66), listing(digest(67))) },
  },
  {
    says: "an index that lists it, by the manifest's subject",
    asks: sameDigest,
    annotations: { [digestKey]: undefined },
    subject: digest(68),
    workload: { ...runs67, ...indexes(digest(68), listing(digest(67))) },
  },
  {
    says: "an index that lists it, found in the second place",
    asks: sameDigest,
    workload: { ...runs67, ...indexes(digest(66), down, listing(digest(67))) },
  },
  {
    says: "an index that does not list it",
    asks: sameDigest,
    workload: { ...runs67, ...indexes(digest(66), listing(digest(68))) },
    reason: mismatch,
  },
  {
    says: "an index that does not list it, whatever could not be asked besides",
    asks: sameDigest,
    workload: { ...runs67, ...indexes(digest(66), down, listing(digest(68))) },
    reason: mismatch,
  },
  {
    says: "something that is not an index, whatever could not be asked besides",
    asks: sameDigest,
    workload: { ...runs67, ...indexes(digest(66), down, { kind: "none" }) },
    reason: mismatch,
  },
  {
    says: "what may be an index, and could not be looked up",
    asks: sameDigest,
    workload: { ...runs67, ...indexes(digest(66), gone, down) },
    reason: "REGISTRY_UNAVAILABLE",
  },
  {
    says: "what is nowhere to be found",
    asks: sameDigest,
    workload: { ...runs67, ...indexes(digest(66), gone) },
    reason: mismatch,
  },
  {
    says: "an index that is malformed",
    asks: sameDigest,
    workload: { ...runs67, ...indexes(digest(66), { kind: "refused", message: "malformed" }) },
    reason: mismatch,
  },
  {
    says: "one manifest of the index that runs",
    asks: sameDigest,
    workload: { ...runs67, ...indexes(digest(67), listing(digest(66))) },
    reason: mismatch,
  },
  {
    says: "another build, where the one that runs could not be looked up",
    asks: sameDigest,
    workload: { ...runs67, ...indexes(digest(67), down) },
    reason: mismatch,
  },
  {
    says: "another index that lists it",
    asks: sameDigest,
    workload: { ...runs67, ...indexes(digest(69), listing(digest(67))) },
    reason: mismatch,
  },
  { says: "the same, by annotation", asks: sameDigest, workload: model({ digest: digest(66) }) },
  {
    says: "the same, by the manifest's subject",
    asks: sameDigest,
    annotations: { [digestKey]: undefined },
    subject: digest(66),
    workload: model({ digest: digest(66) }),
  },
  {
    says: "another build",
    asks: sameDigest,
    workload: model({ digest: digest(67) }),
    reason: "MODEL_DIGEST_MISMATCH",
  },
  {
    says: "no build in the evaluation",
    asks: sameDigest,
    annotations: { [digestKey]: undefined },
    workload: model({ digest: digest(66) }),
    reason: "MODEL_DIGEST_MISMATCH",
  },
  {
    says: "a malformed digest in the evaluation",
    asks: sameDigest,
    annotations: { [digestKey]: "sha256:66" },
    workload: model({ digest: digest(66) }),
    reason: "MODEL_DIGEST_MISMATCH",
  },
  {
    says: "a model by tag",
    asks: sameDigest,
    workload: model({ digest: undefined }),
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "a model that cannot be read",
    asks: sameDigest,
    workload: model({ digest: undefined, unreadable: "a secret" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "the digest of what cannot be read, even where its name may be declared",
    asks: sameDigest,
    workload: model({ unreadable: "its containers differ in what they load" }),
    reading: { declared: { name: ["Opaque"] } },
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "an environment from elsewhere",
    asks: sameDigest,
    workload: model({ openEnvironment: "MODEL_ID" }),
    reason: "MODEL_UNKNOWN",
  },
]);
