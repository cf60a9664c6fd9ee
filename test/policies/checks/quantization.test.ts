import { anyModel } from "../../support/builders/policy.ts";
import { model, testCheck } from "./case.ts";

testCheck("quantization", [
  {
    says: "an environment from elsewhere",
    asks: { model: { ...anyModel, quantization: "SameAsWorkload" } },
    workload: model({ openEnvironment: "QUANTIZE" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "what cannot be read, even where its name may be declared",
    asks: { model: { ...anyModel, quantization: "SameAsWorkload" } },
    workload: model({ unreadable: "a script" }),
    reading: { declared: { name: ["Opaque"] } },
    reason: "MODEL_UNKNOWN",
  },
  { says: "the same", asks: { model: { ...anyModel, quantization: "SameAsWorkload" } } },
  {
    says: "another",
    asks: { model: { ...anyModel, quantization: "SameAsWorkload" } },
    workload: model({ quantization: "awq" }),
    reason: "QUANTIZATION_MISMATCH",
  },
  {
    says: "unknown on both sides",
    asks: { model: { ...anyModel, quantization: "SameAsWorkload" } },
    workload: model({ quantization: undefined }),
    annotations: { "dev.assaygate.quantization": undefined },
    reason: "QUANTIZATION_MISMATCH",
  },
]);
