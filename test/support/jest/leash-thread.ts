import { writeSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

/** The suite that runs in this process now, and how long it may take; undefined between suites. */
export type Watched = { readonly suite: string; readonly limitMs: number } | undefined;

const end = (): true => process.kill(process.pid, "SIGKILL");
let timer: NodeJS.Timeout | undefined;

parentPort?.on("message", (watched: Watched) => {
  clearTimeout(timer);
  if (watched !== undefined) timer = setTimeout(endLate, watched.limitMs, watched);
});

function endLate({ suite, limitMs }: NonNullable<Watched>): void {
  try {
    writeSync(2, `${suite} has not ended after ${limitMs / 1000} s: its process is killed\n`);
  } finally {
    end();
  }
}

/** Suites end no later than jest does, whatever they do and have left open. `workerData` is jest's process, if it is another. */
if (workerData !== undefined) setInterval(() => process.ppid === workerData || end(), 1_000);
