import * as z from "zod";

const metadata = z.object({ name: z.string().default(""), resourceVersion: z.string() });
const listObject = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().default("") }),
  items: z
    .array(z.unknown())
    .nullish()
    .transform((items) => items ?? []),
});
const event = z.object({ type: z.enum(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]), object: z.unknown() });

/** One page of a list. */
export interface ListPage {
  readonly resourceVersion: string;
  /** Names the next page; empty on the last one. */
  readonly continue: string;
  readonly items: readonly unknown[];
}

/** Throws where it is not a list. */
export function readList(list: unknown): ListPage {
  const parsed = listObject.parse(list);
  return { ...parsed.metadata, items: parsed.items };
}

/** One event of a watch. Throws where it is not one. */
export function readEvent(value: unknown): z.output<typeof event> {
  return event.parse(value);
}

/** Name and version of an object in a list or event. Throws where it has no version. */
export function readMetadata(object: unknown): z.output<typeof metadata> {
  return z.object({ metadata }).parse(object).metadata;
}
