import { parseDurationMs } from "../policies/language/duration.ts";
import { parseRfc3339 } from "../policies/time.ts";
import type { StringMap } from "../policies/workload.ts";
import { UsageError } from "./failure.ts";

/** The values of options, parsed. Each throws UsageError. */

export function parseTime(option: string, text: string): Date {
  const time = parseRfc3339(text);
  if (time === undefined)
    throw new UsageError(`${option} ${text}: expected an RFC 3339 time such as 2026-12-01T00:00:00Z`);
  return time;
}

/** Milliseconds of a text such as `1m30s`. Throws a UsageError that names the option. */
export function parseDuration(option: string, text: string): number {
  const ms = /^(?:[0-9]{1,6}[wdhms])+$/.test(text) ? parseDurationMs(text) : 0;
  if (ms <= 0) throw new UsageError(`${option} ${text}: expected a duration such as 30s or 1m30s`);
  return ms;
}

/** A port from 0 to 65535. Throws a UsageError that names the option. */
export function parsePort(option: string, text: string): number {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : Infinity;
  if (port > 65535) throw new UsageError(`${option} ${text}: expected a port from 0 to 65535`);
  return port;
}

/** `k=v[,k=v]…`; the value may be empty. */
export function parseLabels(option: string, texts: readonly string[]): StringMap {
  const pairs = texts.flatMap((text) => text.split(",")).map((pair) => /^([^=\s]+)=(\S*)$/.exec(pair) ?? pair);
  const wrong = pairs.find((pair) => typeof pair === "string");
  if (wrong !== undefined) throw new UsageError(`${option} ${wrong}: expected key=value[,key=value]`);
  return Object.fromEntries(pairs.map(([, key = "", value = ""]) => [key, value]));
}

const units: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** A size in bytes, such as `500MiB`. */
export function parseBytes(option: string, text: string): number {
  const [, count, unit = ""] = /^([0-9]{1,7})([KMG]iB)$/.exec(text) ?? [];
  const bytes = Number(count) * (units[unit] ?? 0);
  if (bytes > 0) return bytes;
  throw new UsageError(`${option} ${text}: expected a size such as 500MiB or 16GiB`);
}
