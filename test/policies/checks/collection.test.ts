import { testCheck } from "./case.ts";

testCheck("collection", [
  {
    says: "a version in range",
    asks: { collection: { id: "safety-and-fairness-v1", version: ">=2.1.0 <3" } },
  },
  {
    says: "a version out of range",
    asks: { collection: { id: "safety-and-fairness-v1", version: ">=2.4.0" } },
    reason: "COLLECTION_MISMATCH",
  },
  {
    says: "1.10 is after 1.9 in a range (T32)",
    asks: { collection: { id: "safety-and-fairness-v1", version: ">=1.9.0 <2" } },
    annotations: { "dev.assaygate.collection.version": "1.10.0" },
  },
  {
    says: "what is no version is in no range (T32)",
    asks: { collection: { id: "safety-and-fairness-v1", version: ">=2.1.0" } },
    annotations: { "dev.assaygate.collection.version": "v2.3.0" },
    reason: "COLLECTION_MISMATCH",
  },
  {
    says: "an exact version",
    asks: { collection: { id: "safety-and-fairness-v1", version: "2.3.0" } },
  },
  {
    says: "an exact version is compared as written",
    asks: { collection: { id: "safety-and-fairness-v1", version: "2.3" } },
    reason: "COLLECTION_MISMATCH",
  },
  {
    says: "another collection",
    asks: { collection: { id: "leaderboard-v2" } },
    reason: "COLLECTION_MISMATCH",
  },
  {
    says: "no version where one is asked",
    asks: { collection: { id: "safety-and-fairness-v1", version: ">=1" } },
    annotations: { "dev.assaygate.collection.version": undefined },
    reason: "COLLECTION_MISMATCH",
  },
]);
