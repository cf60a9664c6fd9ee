import { isAbsolute, relative, sep } from "node:path";
import type { Io } from "./io.ts";

/** A path as a person would write it: from the working directory where it lies below, else whole. */
export function shortenPath(path: string, { cwd }: Pick<Io, "cwd">): string {
  const short = relative(cwd, path);
  return short === "" || short === ".." || short.startsWith(`..${sep}`) || isAbsolute(short) ? path : short;
}
