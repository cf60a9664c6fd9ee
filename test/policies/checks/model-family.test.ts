import { anyModel } from "../../support/builders/policy.ts";
import { testCheck } from "./case.ts";

testCheck("model-family", [
  { says: "an allowed family", asks: { model: { ...anyModel, family: ["llama", "granite"] } } },
  {
    says: "another family",
    asks: { model: { ...anyModel, family: ["llama"] } },
    reason: "MODEL_FAMILY_MISMATCH",
  },
  {
    says: "no family",
    asks: { model: { ...anyModel, family: ["granite"] } },
    annotations: { "dev.assaygate.model.family": undefined },
    reason: "MODEL_FAMILY_MISMATCH",
  },
]);
