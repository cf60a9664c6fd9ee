import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { getErrorCode } from "../../runtime/error-code.ts";

const pollMs = 500;

/**
 * Runs `work` while no other process runs its own under the same lock file, and waits for them first.
 *
 * The file holds the process id of its owner; one whose owner is gone counts for nothing. Two that find such a file at
 * the same moment may both go on, so `work` must bear that.
 */
export function withLock(file: string, work: () => void): void {
  while (!take(file)) {
    if (ownerIsGone(file)) rmSync(file, { force: true });
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pollMs);
  }
  try {
    work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (getErrorCode(error) === "EEXIST") return false;
    throw error;
  }
}

function ownerIsGone(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, "utf8")), 0);
    return false;
  } catch (error) {
    return ["ESRCH", "ENOENT"].includes(getErrorCode(error) ?? "");
  }
}
