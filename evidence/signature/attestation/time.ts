import { parseRfc3339 } from "../../../policies/time.ts";
import { AttestationError } from "./problem.ts";

/** The time as it stands. Throws AttestationError unless it is one by RFC 3339, with an offset. */
export function checkTime(text: string, field: string): string {
  if (parseRfc3339(text) !== undefined) return text;
  throw new AttestationError("PREDICATE_MALFORMED", `${field} is not an RFC 3339 time`);
}
