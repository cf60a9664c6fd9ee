import { runningModel } from "../../support/builders/decision.ts";
import { declares, model, named, testCheck } from "./case.ts";

const name = "dev.assaygate.model.name";

testCheck("model-name", [
  { says: "the same name", asks: named },
  {
    says: "another name",
    asks: named,
    annotations: { [name]: "granite-3.1-2b" },
    reason: "MODEL_NAME_MISMATCH",
  },
  {
    says: "no name in the evaluation",
    asks: named,
    annotations: { [name]: undefined },
    reason: "MODEL_NAME_MISMATCH",
  },
  {
    says: "EvalHub's key",
    asks: named,
    annotations: { [name]: undefined, "io.github.eval-hub.model": "ibm-granite/granite-3.1-8b-instruct" },
  },
  {
    says: "a homoglyph (T29)",
    asks: named,
    annotations: { [name]: "grаnite-3.1-8b-instruct" },
    reason: "MODEL_NAME_MISMATCH",
  },
  {
    says: "another case (T29)",
    asks: named,
    annotations: { [name]: "Granite-3.1-8B-Instruct" },
    reason: "MODEL_NAME_MISMATCH",
  },
  {
    says: "a trailing newline (T29)",
    asks: named,
    annotations: { [name]: "ibm-granite/granite-3.1-8b-instruct\n" },
    reason: "MODEL_NAME_MISMATCH",
  },
  {
    says: "a wildcard in the evaluation (T30)",
    asks: named,
    annotations: { [name]: "*" },
    reason: "MODEL_NAME_MISMATCH",
  },
  {
    says: "a workload that does not say",
    asks: named,
    workload: { models: [] },
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "neither says: unknown is not equal to unknown",
    asks: named,
    workload: { models: [] },
    annotations: { [name]: undefined },
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "an unreadable model",
    asks: named,
    workload: model({ unreadable: "from a secret" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "a declaration that what runs contradicts",
    asks: named,
    workload: { metadata: [{ path: "metadata", labels: {}, annotations: { "assaygate.dev/model-name": "other" } }] },
    reason: "MODEL_IDENTITY_CONFLICT",
  },
  {
    says: "a place, whatever is declared",
    asks: named,
    workload: { ...model({ name: undefined }), ...declares },
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "a place, declared under a policy that accepts it",
    asks: named,
    workload: { ...model({ name: undefined }), ...declares },
    reading: { declared: { name: ["Place"] } },
  },
  {
    says: "nothing that names a model, whatever is declared",
    asks: named,
    workload: { models: [], ...declares },
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "an environment from elsewhere",
    asks: named,
    workload: model({ openEnvironment: "MODEL_ID" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "an environment from elsewhere under a policy that accepts it",
    asks: named,
    workload: model({ openEnvironment: "MODEL_ID" }),
    reading: { openEnvironment: "Accept" },
  },
  {
    says: "an alias beside a name",
    asks: named,
    workload: {
      ...model({ name: "evil" }),
      arguments: [
        {
          name: "--served-model-name",
          value: "ibm-granite/granite-3.1-8b-instruct",
          container: runningModel.container,
        },
      ],
    },
    reading: { modelName: [{ argument: "--served-model-name" }], declared: { name: ["Place", "Image", "Opaque"] } },
    reason: "MODEL_NAME_MISMATCH",
  },
]);
