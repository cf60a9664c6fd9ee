import { model, testCheck } from "./case.ts";

const versioned = { model: { name: "Any", version: "SameAsWorkload" } };
const version = "dev.assaygate.model.version";

testCheck("model-version", [
  { says: "the same version", asks: versioned },
  {
    says: "a declared one where the policy refuses it",
    asks: versioned,
    workload: {
      ...model({ version: undefined }),
      metadata: [{ path: "metadata", labels: {}, annotations: { "assaygate.dev/model-version": "3.1.0" } }],
    },
    reading: { declared: { version: "Refuse" } },
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "a declared one where nothing names a model",
    asks: versioned,
    workload: {
      models: [],
      metadata: [{ path: "metadata", labels: {}, annotations: { "assaygate.dev/model-version": "3.1.0" } }],
    },
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "an environment from elsewhere",
    asks: versioned,
    workload: model({ openEnvironment: "REVISION" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "another version",
    asks: versioned,
    annotations: { [version]: "3.0.0" },
    reason: "MODEL_VERSION_MISMATCH",
  },
  {
    says: "v3.1.0 is not 3.1.0 (T32)",
    asks: versioned,
    annotations: { [version]: "v3.1.0" },
    reason: "MODEL_VERSION_MISMATCH",
  },
  {
    says: "3.1 is not 3.1.0 (T32)",
    asks: versioned,
    annotations: { [version]: "3.1" },
    reason: "MODEL_VERSION_MISMATCH",
  },
  {
    says: "build metadata counts (T32)",
    asks: versioned,
    annotations: { [version]: "3.1.0+b1" },
    reason: "MODEL_VERSION_MISMATCH",
  },
  {
    says: "an empty version (T32)",
    asks: versioned,
    annotations: { [version]: "" },
    reason: "MODEL_VERSION_MISMATCH",
  },
  {
    says: "an evaluation without one",
    asks: versioned,
    annotations: { [version]: undefined },
    reason: "MODEL_VERSION_MISMATCH",
  },
  {
    says: "a workload without one",
    asks: versioned,
    workload: model({ version: undefined }),
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "an unreadable model",
    asks: versioned,
    workload: model({ unreadable: "from a secret" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "a declaration that what runs contradicts",
    asks: versioned,
    workload: { metadata: [{ path: "metadata", labels: { "app.kubernetes.io/version": "9" }, annotations: {} }] },
    reason: "MODEL_IDENTITY_CONFLICT",
  },
]);
