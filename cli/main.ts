#!/usr/bin/env node
/** The program's composition root: the only place that touches the process. */
import { once } from "node:events";
import { keepCompiledCode } from "./compiled-code.ts";

keepCompiledCode(process.env);
const { run } = await import("./run.ts");

// Whoever reads may stop early, as `head` does. That is not an error, and does not change what the program comes to.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

let ending: NodeJS.Signals | undefined;

process.exitCode = await run(process.argv.slice(2), {
  in: process.stdin,
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  now: () => new Date(),
  async untilStopped() {
    // Once only: a second signal ends the program at once, as it would without a listener.
    await Promise.race([once(process, "SIGTERM"), once(process, "SIGINT")]);
  },
  interrupted() {
    const interruption = new AbortController();
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.once(signal, () => {
        ending = signal;
        interruption.abort();
      });
    }
    return interruption.signal;
  },
});
// So that a shell knows that it was a signal, and ends its own script, too.
if (ending !== undefined) process.kill(process.pid, ending);
