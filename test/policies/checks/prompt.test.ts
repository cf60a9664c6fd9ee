import { digest } from "../../support/builders/evidence.ts";
import { testCheck } from "./case.ts";

testCheck("prompt", [
  { says: "the same prompt", asks: { prompt: { digest: "SameAsWorkload" } } },
  {
    says: "another prompt",
    asks: { prompt: { digest: "SameAsWorkload" } },
    annotations: { "dev.assaygate.prompt.digest": digest(78) },
    reason: "PROMPT_MISMATCH",
  },
  {
    says: "neither states one",
    asks: { prompt: { digest: "SameAsWorkload" } },
    annotations: { "dev.assaygate.prompt.digest": undefined },
    workload: { metadata: [{ path: "metadata", labels: {}, annotations: {} }] },
    reason: "PROMPT_MISMATCH",
  },
]);
