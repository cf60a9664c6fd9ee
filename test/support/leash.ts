import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";

/** A running program that ends no later than this process does. */
export interface Leashed {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the program has ended, by itself or stopped. */
  readonly ended: Promise<void>;
  /** Kills the program and waits until it is gone. May be called twice. */
  stop(): Promise<void>;
}

/**
 * The shell that holds the leash. It kills the program when its standard input closes, and the kernel closes that
 * however this process ends: at the end of the tests, by a signal, or in a crash.
 */
const holder = `
exec 3<&0
"$@" 3<&- </dev/null &
program=$!
{ cat <&3; kill -KILL "$program"; } >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$program"
status=$?
kill "$watcher" 2>/dev/null
exit $status
`;

/** Starts a program on a leash. Both outputs must be read, or a program that says much stops on a full pipe. */
export function leash(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Leashed {
  const shell = spawn("sh", ["-c", holder, "sh", command, ...args], { env, stdio: ["pipe", "pipe", "pipe"] });
  const ended = once(shell, "exit").then(() => {
    shell.stdin.destroy();
    return undefined;
  });
  return {
    stdout: shell.stdout,
    stderr: shell.stderr,
    ended,
    async stop() {
      shell.stdin.end();
      await ended;
    },
  };
}
