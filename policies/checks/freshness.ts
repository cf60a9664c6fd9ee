import { showDuration } from "../language/duration.ts";
import { error, fail, passWith, skip } from "../finding.ts";
import { explainUnsaid } from "../unsaid.ts";
import type { Check } from "./check.ts";

/**
 * The evaluation is no older than the requirement's `maxAge`.
 *
 * Skips when no limit is set. Content that was looked for and cannot be read might have told another date. An unknown date fails, and so does one in the future: a clock that cannot be trusted proves nothing.
 *
 * Reads: `evaluation.createdAt`, `evaluation.content`, `requirement.maxAgeMs`, `now`.
 */
export const freshness: Check = {
  id: "freshness",
  run({ evaluation, requirement: { maxAgeMs }, now }) {
    const { createdAt, content } = evaluation;
    if (maxAgeMs === undefined) return skip;
    if (content.kind === "refused")
      return fail(content.reason, {
        expected: "readable results",
        found: "unreadable results",
        message: content.message,
      });
    if (content.kind === "unavailable")
      return error(content.reason, { expected: "the artifact's results", found: "unknown", message: content.message });
    const expected = `at most ${showDuration(maxAgeMs)}`;
    if (createdAt === undefined) {
      const { note, remedy } = explainUnsaid(evaluation, "createdAt");
      const message = `the evaluation carries no valid creation time${note}, but the policy allows ${expected}`;
      return fail("EVIDENCE_EXPIRED", { expected, found: "unknown", message, remedy });
    }
    const ageMs = now.getTime() - createdAt.getTime();
    if (ageMs >= 0 && ageMs <= maxAgeMs) return passWith(expected, createdAt.toISOString());
    const found = ageMs < 0 ? createdAt.toISOString() : showDuration(ageMs);
    const message =
      ageMs < 0
        ? `the evaluation is dated in the future, ${found}`
        : `evaluated ${found} ago, but the policy allows ${expected}`;
    return fail("EVIDENCE_EXPIRED", { expected, found, message });
  },
};
