import * as z from "zod";

/**
 * A list, of which nothing is looked at behind the first entry that is wrong: zod notes a problem for each of thousands, which
 * costs far more than reading them. `min` and `max` count entries, before any is looked at.
 */
export function parseListOf<T>(
  entry: z.ZodType<T>,
  { min = 0, max = Infinity }: { readonly min?: number; readonly max?: number } = {},
): z.ZodType<T[]> {
  return z.unknown().transform((value, context): T[] => {
    if (!Array.isArray(value)) return refuse(context, "expected a list");
    if (value.length < min) return refuse(context, `expected at least ${min} entries`);
    if (value.length > max) return refuse(context, `more than ${max} entries`);
    return parseEach(entry, [...value.entries()], context)?.map(([, one]) => one) ?? z.NEVER;
  });
}

/** The same for the values of an object; its keys may be any. */
export function parseMapOf<T>(entry: z.ZodType<T>): z.ZodType<Record<string, T>> {
  return z.unknown().transform((value, context): Record<string, T> => {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return refuse(context, "expected an object");
    const parsed = parseEach(entry, Object.entries(value), context);
    return parsed === undefined ? z.NEVER : Object.fromEntries(parsed);
  });
}

/** Undefined where one of them is refused. */
function parseEach<K extends string | number, T>(
  schema: z.ZodType<T>,
  entries: readonly (readonly [K, unknown])[],
  context: z.RefinementCtx,
): [K, T][] | undefined {
  const parsed: [K, T][] = [];
  for (const [key, one] of entries) {
    const { data, error } = schema.safeParse(one);
    const issue = error?.issues[0];
    if (issue !== undefined) {
      refuse(context, issue.message, [key, ...issue.path]);
      return undefined;
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without an error it is one, which may be undefined
    parsed.push([key, data as T]);
  }
  return parsed;
}

function refuse(context: z.RefinementCtx, message: string, path: PropertyKey[] = []): never {
  context.addIssue({ code: "custom", message, path });
  return z.NEVER;
}
