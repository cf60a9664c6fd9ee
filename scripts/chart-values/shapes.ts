import * as z from "zod";

/*
 * What the values of the chart are made of. Everything may be left out: values.yaml has the defaults, and Helm merges what
 * people write over them before it asks the schema.
 */

/** A group of values; keys that it does not have are refused. */
export function group(shape: z.ZodRawShape): z.ZodType {
  return z.strictObject(shape).partial();
}

/** Labels, annotations and the like. */
export const texts = z.record(z.string(), z.string());
/** What Kubernetes itself has a schema for: the API server judges it. */
export const object = z.record(z.string(), z.unknown());
export const objects = z.array(object);
export const flag = z.boolean();
export const text = z.string();
export const named = z.string().min(1);
export const count = z.int().min(0).max(1_000_000);
export const positive = z.int().min(1).max(1_000_000);
export const port = z.int().min(1).max(65_535);
/** A number of pods, or a share of them. */
export const share = z.union([count, z.string().regex(/^[0-9]+%$/)]);
/** As Go writes durations. */
export const duration = z.string().regex(/^([0-9]+h)?([0-9]+m)?([0-9]+s)?$/);
/** As Prometheus writes them; empty where its own default shall count. */
export const scrapeDuration = z.string().regex(/^([0-9]+(ms|s|m))?$/);
export const scrapeInterval = z.string().regex(/^[0-9]+(ms|s|m)$/);
export const failurePolicy = z.enum(["Fail", "Ignore"]);
export const timeoutSeconds = z.int().min(1).max(30);
export const pullSecrets = z.array(z.strictObject({ name: named }));

/** A choice that may be left empty. */
export function choice(...words: readonly string[]): z.ZodType {
  return z.enum(["", ...words]);
}
