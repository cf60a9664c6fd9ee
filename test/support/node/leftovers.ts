import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getErrorCode } from "../../../runtime/error-code.ts";

const prefix = "assaygate-node-";

/** How the folder of a run begins, below the system's own for temporary files. Whose it is stands in it. */
export const runFolderPrefix = (): string => join(tmpdir(), `${prefix}${process.pid}-`);

/** Folders that a run left whose process was killed. */
export function removeLeftFolders(): void {
  for (const name of readdirSync(tmpdir())) {
    if (name.startsWith(prefix) && !isAlive(name.slice(prefix.length)))
      rmSync(join(tmpdir(), name), { recursive: true });
  }
}

/** Whether the process lives whose id a name begins with. */
export function isAlive(name: string): boolean {
  const pid = Number.parseInt(name, 10);
  if (!Number.isInteger(pid)) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return getErrorCode(error) !== "ESRCH";
  }
}
