import * as z from "zod";

const metadata = z.object({ name: z.string().default(""), resourceVersion: z.string() });
const event = z.object({ type: z.enum(["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"]), object: z.unknown() });

/** One event of a watch. Throws where it is not one. */
export function readEvent(value: unknown): z.output<typeof event> {
  return event.parse(value);
}

/** Name and version of an object in a list or event. Throws where it has no version. */
export function readMetadata(object: unknown): z.output<typeof metadata> {
  return z.object({ metadata }).parse(object).metadata;
}
