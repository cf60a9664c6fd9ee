import * as z from "zod";
import { show } from "../../policies/show.ts";
import { refused } from "../../registry/errors.ts";

const result = z.object({ metric_name: z.string(), metric_value: z.unknown() });
const jsonNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/**
 * The numbers among a benchmark's results, attacker-controlled: finite JSON numbers, or strings that are exactly one.
 * Every other value is no metric. Throws ARTIFACT_INVALID where a metric has two values: nothing says which one counts.
 */
export function metricsOf(benchmark: string, results: readonly unknown[]): ReadonlyMap<string, number> {
  const metrics = new Map<string, number>();
  for (const entry of results) {
    const { data } = result.safeParse(entry);
    const value = numberIn(data?.metric_value);
    if (data === undefined || value === undefined) continue;
    const other = metrics.get(data.metric_name);
    if (other !== undefined && other !== value) {
      throw refused(
        "ARTIFACT_INVALID",
        `the metric ${show(data.metric_name)} of ${show(benchmark)} is both ${other} and ${value}`,
      );
    }
    metrics.set(data.metric_name, value);
  }
  return metrics;
}

/** A finite number, as it stands or as text that is exactly one JSON number. */
export function numberIn(value: unknown): number | undefined {
  const number = typeof value === "string" && jsonNumber.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}
