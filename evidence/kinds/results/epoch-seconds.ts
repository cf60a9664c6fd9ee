import type { TimeInFile } from "./format.ts";

/** The time that seconds since 1970 name. */
export function toTime(seconds: number): TimeInFile {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9999 || seconds < 0
    ? { untimed: "its date is not a time" }
    : { time: date.toISOString() };
}
