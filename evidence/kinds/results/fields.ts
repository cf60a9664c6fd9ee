import type * as z from "zod";
import { show } from "../../../policies/show.ts";
import { refused } from "../../errors.ts";
import { listMetrics, type Metric } from "../metrics.ts";

/** What the schema makes of the value. Throws ARTIFACT_INVALID with the place of the first thing that is wrong. */
export function parseField<T>(place: readonly string[], schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = [...place, ...(issue?.path ?? []).map(String)].join(".");
  throw refused("ARTIFACT_INVALID", `its results are malformed at ${show(path)}: ${issue?.message}`);
}

/**
 * The finite numbers among the values, by their names, and what is said of the others. Throws ARTIFACT_INVALID where one name has
 * two values: nothing says which one counts.
 */
export function collectNumbers(
  id: string,
  entries: readonly (readonly [name: string, value: unknown])[],
): { readonly metrics: ReadonlyMap<string, number>; readonly others: readonly string[] } {
  const numbers: Metric[] = [];
  const others: string[] = [];
  for (const [name, value] of entries) {
    if (typeof value === "number" && Number.isFinite(value)) numbers.push([name, value]);
    else others.push(`${show(id)} ${show(name)}: ${describe(value)} is not a finite number`);
  }
  return { metrics: listMetrics(id, numbers), others };
}

function describe(value: unknown): string {
  if (typeof value === "string") return show(value) || '""';
  return typeof value === "object" && value !== null ? "what stands there" : String(value);
}
