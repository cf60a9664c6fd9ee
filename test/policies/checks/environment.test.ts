import { environment, testCheck } from "./case.ts";

const production = { environment: ["production"] };

testCheck("environment", [
  { says: "a listed environment", asks: { environment: ["staging", "production"] } },
  {
    says: "another environment",
    asks: production,
    annotations: { [environment]: "staging" },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    says: "no environment",
    asks: production,
    annotations: { [environment]: undefined },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    says: "a homoglyph (T29)",
    asks: production,
    annotations: { [environment]: "prоduction" },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    says: "a zero-width joiner (T29)",
    asks: production,
    annotations: { [environment]: "production\u200d" },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    says: "a trailing blank (T29)",
    asks: production,
    annotations: { [environment]: "production " },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    says: "a decomposed letter (T29)",
    asks: { environment: ["été"] },
    annotations: { [environment]: "e\u0301te\u0301" },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    says: "a list, which is no environment (T30)",
    asks: production,
    annotations: { [environment]: "production,staging" },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    says: "a JSON list in a string (T30)",
    asks: production,
    annotations: { [environment]: '["production"]' },
    reason: "ENVIRONMENT_MISMATCH",
  },
  { says: "the workload's own", asks: { environment: ["SameAsWorkload"] } },
  {
    says: "not the workload's own",
    asks: { environment: ["SameAsWorkload"] },
    workload: { namespaceLabels: { "assaygate.dev/environment": "staging" } },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    says: "a workload in no environment",
    asks: { environment: ["SameAsWorkload"] },
    workload: { namespaceLabels: {} },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    says: "unknown on both sides",
    asks: { environment: ["SameAsWorkload"] },
    workload: { namespaceLabels: {} },
    annotations: { [environment]: undefined },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    says: "the text SameAsWorkload in the evaluation",
    asks: { environment: ["SameAsWorkload"] },
    annotations: { [environment]: "SameAsWorkload" },
    reason: "ENVIRONMENT_MISMATCH",
  },
  {
    says: "an unknown namespace",
    asks: { environment: ["SameAsWorkload"] },
    workload: { namespaceLabels: undefined },
    reason: "NAMESPACE_UNKNOWN",
  },
]);
