import { refused } from "../errors.ts";
import { limits } from "../../registry/limits.ts";

/** The name as it stands. Throws ARTIFACT_INVALID for one that is too long to be compared again and again. */
export function checkName<T extends string | undefined>(name: T, what: string): T {
  if ((name?.length ?? 0) <= limits.nameCharacters) return name;
  throw refused("ARTIFACT_INVALID", `the name of a ${what} has more than ${limits.nameCharacters} characters`);
}
