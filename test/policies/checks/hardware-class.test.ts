import { hardware, hardwareKey, testCheck } from "./case.ts";

const same = { hardwareClass: ["SameAsWorkload"] };

testCheck("hardware-class", [
  { says: "a listed class", asks: { hardwareClass: ["nvidia-h100", "nvidia-h200"] } },
  {
    says: "another class",
    asks: { hardwareClass: ["nvidia-h200"] },
    reason: "HARDWARE_CLASS_MISMATCH",
  },
  { says: "the workload's class", asks: same },
  {
    says: "not the workload's class",
    asks: same,
    workload: hardware({ classes: ["nvidia-a100"] }),
    reason: "HARDWARE_CLASS_MISMATCH",
  },
  {
    says: "one of two that pods may land on",
    asks: same,
    workload: hardware({ classes: ["nvidia-a100", "nvidia-h100"] }),
    reason: "HARDWARE_CLASS_MISMATCH",
  },
  {
    says: "both that pods may land on",
    asks: same,
    workload: hardware({ classes: ["nvidia-a100", "nvidia-h100"] }),
    annotations: { [hardwareKey]: "nvidia-h100,nvidia-a100" },
  },
  {
    says: "a blank after the comma is part of the entry (T30)",
    asks: same,
    annotations: { [hardwareKey]: "nvidia-a100, nvidia-h100" },
    reason: "HARDWARE_CLASS_MISMATCH",
  },
  {
    says: "undetermined",
    asks: same,
    workload: hardware({}),
    reason: "HARDWARE_CLASS_MISMATCH",
  },
  {
    says: "undetermined on both sides",
    asks: same,
    workload: hardware({}),
    annotations: { [hardwareKey]: undefined },
    reason: "HARDWARE_CLASS_MISMATCH",
  },
  {
    says: "a wildcard in the evaluation (T30)",
    asks: same,
    annotations: { [hardwareKey]: "*" },
    reason: "HARDWARE_CLASS_MISMATCH",
  },
]);
