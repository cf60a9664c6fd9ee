import { testCheck } from "./case.ts";

const tags = "dev.assaygate.compliance.tags";

testCheck("compliance-tags", [
  { says: "all of them", asks: { complianceTags: ["soc2:cc8.1", "eu-ai-act:art-15"] } },
  {
    says: "one missing",
    asks: { complianceTags: ["soc2:cc8.1", "hipaa:164.312-b"] },
    reason: "COMPLIANCE_TAG_MISSING",
  },
  {
    says: "none at all",
    asks: { complianceTags: ["soc2:cc8.1"] },
    annotations: { [tags]: undefined },
    reason: "COMPLIANCE_TAG_MISSING",
  },
  {
    says: "an empty string (T30)",
    asks: { complianceTags: ["soc2:cc8.1"] },
    annotations: { [tags]: "" },
    reason: "COMPLIANCE_TAG_MISSING",
  },
  {
    says: "a longer tag that contains it",
    asks: { complianceTags: ["soc2:cc8"] },
    reason: "COMPLIANCE_TAG_MISSING",
  },
  {
    says: "a wildcard in the evaluation (T30)",
    asks: { complianceTags: ["soc2:cc8.1"] },
    annotations: { [tags]: "*" },
    reason: "COMPLIANCE_TAG_MISSING",
  },
]);
