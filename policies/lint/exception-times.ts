import { showDuration } from "../language/duration.ts";
import { parseRfc3339 } from "../time.ts";
import type { Rule } from "./rule.ts";

/** An exception that is over does nothing, and neither does one that would last too long. */
export const exceptionTimes: Rule = {
  exception({ spec: { expiresAt } }, { now, maxExceptionMs }) {
    const leftMs = (parseRfc3339(expiresAt)?.getTime() ?? Number.NaN) - now.getTime();
    const path = ["spec", "expiresAt"];
    if (leftMs <= 0) return [{ path, message: `${expiresAt} is past: this exception does nothing` }];
    if (leftMs <= maxExceptionMs) return [];
    const limit = showDuration(maxExceptionMs);
    return [
      {
        path,
        message: `${expiresAt} is more than ${limit} ahead: this exception does nothing until ${limit} before then`,
      },
    ];
  },
};
