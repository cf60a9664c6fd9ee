import { goodBenchmarks } from "../../support/builders/evidence.ts";
import { testCheck } from "./case.ts";

const created = "org.opencontainers.image.created";

testCheck("freshness", [
  { says: "fresh", asks: { maxAge: "30d" } },
  { says: "exactly as old as allowed", asks: { maxAge: "10d" } },
  { says: "too old", asks: { maxAge: "9d23h59m59s" }, reason: "EVIDENCE_EXPIRED" },
  {
    says: "no date (T26)",
    asks: { maxAge: "30d" },
    annotations: { [created]: undefined },
    content: { kind: "not-read" },
    reason: "EVIDENCE_EXPIRED",
  },
  {
    says: "a date in the future (T26)",
    asks: { maxAge: "30d" },
    annotations: { [created]: "2026-11-20T12:00:01Z" },
    reason: "EVIDENCE_EXPIRED",
  },
  {
    says: "no offset (T26)",
    asks: { maxAge: "30d" },
    annotations: { [created]: "2026-11-20T11:00:00" },
    reason: "EVIDENCE_EXPIRED",
  },
  {
    says: "a day that does not exist (T26)",
    asks: { maxAge: "30d" },
    annotations: { [created]: "2026-11-31T11:00:00Z" },
    reason: "EVIDENCE_EXPIRED",
  },
  {
    says: "an offset that makes it older (T26)",
    asks: { maxAge: "1d" },
    annotations: { [created]: "2026-11-19T12:30:00+01:00" },
    reason: "EVIDENCE_EXPIRED",
  },
  {
    says: "EvalHub's spelling, with microseconds",
    asks: { maxAge: "30d" },
    annotations: { [created]: "2026-11-16T05:20:07.123456+00:00" },
  },
  {
    says: "content that is refused",
    asks: { maxAge: "30d" },
    content: { kind: "refused", reason: "ARTIFACT_INVALID", message: "no" },
    reason: "ARTIFACT_INVALID",
  },
  {
    says: "content that cannot be had",
    asks: { maxAge: "30d" },
    content: { kind: "unavailable", reason: "REGISTRY_UNAVAILABLE", message: "no" },
    reason: "REGISTRY_UNAVAILABLE",
  },
  {
    says: "content older than its annotation (T26)",
    asks: { maxAge: "30d" },
    content: { kind: "read", benchmarks: goodBenchmarks, completedAt: "2026-09-01T00:00:00Z" },
    reason: "EVIDENCE_EXPIRED",
  },
]);
