import { UsageError } from "../failure.ts";
import type { Io } from "../io.ts";

/** Which times go into an artifact; undefined for none, or for each file's own. */
export interface Times {
  readonly created: Date | undefined;
  readonly modified: Date | undefined;
}

/**
 * Now and the files' own; where it is to be reproducible, those of SOURCE_DATE_EPOCH or none. Throws UsageError.
 * https://reproducible-builds.org/specs/source-date-epoch/
 */
export function readTimes(reproducible: boolean, { env, now }: Pick<Io, "env" | "now">): Times {
  if (!reproducible) return { created: now(), modified: undefined };
  const epoch = env["SOURCE_DATE_EPOCH"];
  if (epoch === undefined || epoch === "") return { created: undefined, modified: new Date(0) };
  if (!/^[0-9]{1,11}$/.test(epoch)) throw new UsageError(`SOURCE_DATE_EPOCH ${epoch}: expected seconds since 1970`);
  const time = new Date(Number(epoch) * 1000);
  return { created: time, modified: time };
}
