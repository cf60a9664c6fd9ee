import { anyModel } from "../../support/builders/policy.ts";
import { model, testCheck } from "./case.ts";

testCheck("adapters", [
  {
    says: "the same adapters in another order",
    asks: { model: { ...anyModel, adapters: "SameAsWorkload" } },
    annotations: { "dev.assaygate.model.adapters": "style-lora,sql-lora" },
  },
  {
    says: "one adapter more",
    asks: { model: { ...anyModel, adapters: "SameAsWorkload" } },
    workload: model({ adapters: ["sql-lora", "style-lora", "x"] }),
    reason: "ADAPTER_MISMATCH",
  },
  {
    says: "one adapter less",
    asks: { model: { ...anyModel, adapters: "SameAsWorkload" } },
    workload: model({ adapters: ["sql-lora"] }),
    reason: "ADAPTER_MISMATCH",
  },
  {
    says: "none on both sides",
    asks: { model: { ...anyModel, adapters: "SameAsWorkload" } },
    workload: model({ adapters: [] }),
    annotations: { "dev.assaygate.model.adapters": undefined },
  },
  {
    says: "unreadable ones",
    asks: { model: { ...anyModel, adapters: "SameAsWorkload" } },
    workload: model({ unreadable: "from a file" }),
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "none where nothing names a model, for who knows what loads some",
    asks: { model: { ...anyModel, adapters: "SameAsWorkload" } },
    workload: { models: [] },
    annotations: { "dev.assaygate.model.adapters": undefined },
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "none of an image that starts by its own entry point",
    asks: { model: { ...anyModel, adapters: "SameAsWorkload" } },
    workload: model({ name: undefined, gap: "image", adapters: [] }),
    reading: { declared: { name: ["Image"] } },
    annotations: { "dev.assaygate.model.adapters": undefined },
    reason: "MODEL_UNKNOWN",
  },
  {
    says: "an environment from elsewhere",
    asks: { model: { ...anyModel, adapters: "SameAsWorkload" } },
    workload: model({ openEnvironment: "VLLM_LORA_MODULES" }),
    reason: "MODEL_UNKNOWN",
  },
]);
