import { writeSync } from "node:fs";
import { parentPort } from "node:worker_threads";

/** The suite that runs in this process now, and how long it may take; undefined between suites. */
export type Watched = { readonly suite: string; readonly limitMs: number } | undefined;

let timer: NodeJS.Timeout | undefined;

parentPort?.on("message", (watched: Watched) => {
  clearTimeout(timer);
  if (watched !== undefined) timer = setTimeout(end, watched.limitMs, watched);
});

function end({ suite, limitMs }: NonNullable<Watched>): void {
  writeSync(2, `${suite} has not ended after ${limitMs / 1000} s: its process is killed\n`);
  process.kill(process.pid, "SIGKILL");
}
