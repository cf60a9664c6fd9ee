import type * as z from "zod";

/** A JSON answer of an expected form; undefined for anything else. */
export function parseAnswer<T extends z.ZodType>(schema: T, text: string): z.infer<T> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
