import type { DecideSettings } from "../policies/decision/decide.ts";
import type { Config } from "../config/config.ts";

const dayMs = 86_400_000;

/** What the configuration says about deciding. */
export function readSettings({ noMatch, maxExceptionDays }: Config): DecideSettings {
  return { noMatch, maxExceptionMs: maxExceptionDays * dayMs };
}
