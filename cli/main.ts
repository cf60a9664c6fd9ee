#!/usr/bin/env node
/** The program's composition root: the only place that touches the process. */
import { once } from "node:events";
import { keepCompiledCode } from "./compiled-code.ts";
import { locateScript } from "./script.ts";
import { limitHeap } from "./small-heap.ts";

const args = process.argv.slice(2);
limitHeap(args[0]);
const { run } = (await loadScript()) ?? (await import("./run.ts"));

// Whoever reads may stop early, as `head` does. That is not an error, and does not change what the program comes to.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

let ending: NodeJS.Signals | undefined;

process.exitCode = await run(args, {
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

/** The program as one script, in a build where compiled code can be kept; by its modules otherwise. */
async function loadScript() {
  const kept = keepCompiledCode(process.env);
  const script = locateScript(import.meta.dirname, args);
  if (kept === undefined || script === undefined) return undefined;
  const { loadScript: load } = await import("./load-script.ts");
  return load(script, `${kept}/${args[0]}.code`);
}
