import type { Evidence } from "../policies/evidence.ts";

/** How long answers are believed. Milliseconds. */
export interface TimesToLive {
  /** How long proved bytes are taken to be there still. Bytes under a digest never change; access to them can. */
  readonly positiveTtlMs: number;
  /** How long a definite no is believed. Short: evidence is often pushed right after a denial. */
  readonly absentTtlMs: number;
}

/**
 * How long an answer may be remembered; 0 means not at all. Only answers are: no failure to look, and no bytes that were
 * changed on the way, for the next ones may be right.
 */
export function getTimeToLiveMs(evidence: Evidence, { positiveTtlMs, absentTtlMs }: TimesToLive): number {
  switch (evidence.kind) {
    case "found":
      return positiveTtlMs;
    case "absent":
      return absentTtlMs;
    case "refused":
      // Not for long: a manifest can be refused for the media type or the length that came with it, which are not in its bytes.
      return evidence.reason === "ARTIFACT_INVALID" ? absentTtlMs : 0;
    case "unavailable":
      return 0;
  }
}
