import { expect, it } from "@jest/globals";
import { toRunTag } from "../../../publish/push/tag.ts";

/** Measured with the SDK of EvalHub. */
it.each([
  [
    { job: "5db449a4-5bc0-4ba7-8106-aaa20e3019f7", provider: "lm_evaluation_harness", benchmark: "arc_easy", index: 0 },
    "9ffbfa2a10f1a273deb1df678f1ac70cda1962ca89b62d049de3428cfeb4948a",
  ],
  [
    { job: "9c9cc498-0a18-419c-9026-f700b538e8da", provider: "lighteval", benchmark: "gsm8k", index: 0 },
    "b5c38938e0f23bb70ee4b125d52f5e3b55a23abd710f08a719213de593f7a233",
  ],
  [
    { job: "my-job", provider: "lm-eval", benchmark: "mmlu", index: 0 },
    "f0d8651964da850ba1dd0372402f286229988936af57095f9015e64d5ef8698d",
  ],
  [
    { job: "11111111-2222-3333-4444-555555555555", provider: "lm_evaluation_harness", benchmark: "mmlu", index: 0 },
    "9883fe50df2949c6541e214eb6598e64ac9d311554b91d0ef8633ab120714a7a",
  ],
  [
    { job: "j", provider: undefined, benchmark: "b", index: 0 },
    "364dd5fdae157a6fc5eaccfa0746bf16d5b9018fc308ff7315d32ab69ebabfda",
  ],
])("the tag of %j is EvalHub's", (run, hex) => {
  expect(toRunTag(run)).toBe(`evalhub-${hex}`);
});
