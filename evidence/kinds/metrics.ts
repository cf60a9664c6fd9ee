import * as z from "zod";
import { show } from "../../policies/show.ts";
import { refused } from "../errors.ts";
import { checkName } from "./names.ts";

const result = z.object({ metric_name: z.string(), metric_value: z.unknown() });
const jsonNumber = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** A metric's name, and its value: a finite number. */
export type Metric = readonly [name: string, value: number];

/** The numbers among attacker-controlled results: finite JSON numbers, or strings that are exactly one. Nothing else is a metric. */
export function listNumbers(results: readonly unknown[]): Metric[] {
  return results.flatMap((entry): Metric[] => {
    const { data } = result.safeParse(entry);
    const value = toNumber(data?.metric_value);
    return data === undefined || value === undefined ? [] : [[data.metric_name, value]];
  });
}

/** Throws ARTIFACT_INVALID where a metric of the benchmark has two values: nothing says which one counts. */
export function listMetrics(benchmark: string, metrics: readonly Metric[]): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const [name, value] of metrics) {
    const other = values.get(checkName(name, "metric"));
    if (other !== undefined && other !== value) {
      throw refused("ARTIFACT_INVALID", `the metric ${show(name)} of ${show(benchmark)} is both ${other} and ${value}`);
    }
    values.set(name, value);
  }
  return values;
}

/** A finite number, as it stands or as text that is exactly one JSON number. */
export function toNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && jsonNumber.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}
