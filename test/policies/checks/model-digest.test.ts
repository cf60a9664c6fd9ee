import { digest } from "../../support/builders/evidence.ts";
import { model, testCheck } from "./case.ts";

const digestKey = "dev.assaygate.model.digest";
const sameDigest = { model: { name: "Any", version: "Any", digest: "SameAsWorkload" } };

testCheck("model-digest", [
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
