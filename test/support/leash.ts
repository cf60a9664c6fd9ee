import { spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { Readable } from "node:stream";

/** A running program that ends no later than this process does. */
export interface Leashed {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the program has ended, by itself, asked to or stopped. */
  readonly ended: Promise<void>;
  /** Kills the program and waits until it is gone. May be called twice. */
  stop(): Promise<void>;
  /** Sends SIGTERM and waits until the program has ended, however long it takes. */
  terminate(): Promise<void>;
}

/**
 * The shell that holds the leash. It kills the program when its standard input closes, and the kernel closes that
 * however this process ends: at the end of the tests, by a signal, or in a crash. A signal ends a shell's `wait` before
 * the program has ended, so it waits again.
 */
const holder = `
exec 3<&0
"$@" 3<&- </dev/null &
program=$!
trap 'kill -TERM "$program"' TERM
{ cat <&3; kill -KILL "$program"; } >/dev/null 2>&1 &
watcher=$!
exec 3<&-
while :; do
  wait "$program"
  status=$?
  kill -0 "$program" 2>/dev/null || break
done
kill "$watcher" 2>/dev/null
exit $status
`;

/**
 * Starts a program on a leash, with these variables, and how often programs in Go collect garbage. Both outputs must be read, or
 * a program that says much stops on a full pipe.
 *
 * It does not keep this process alive: what a test that ran out of time left behind ends with the tests, and does not
 * hold them up.
 */
export function leash(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Leashed {
  const all = { GOGC: process.env["GOGC"], ...env };
  const shell = spawn("sh", ["-c", holder, "sh", command, ...args], { env: all, stdio: ["pipe", "pipe", "pipe"] });
  const pipes = [shell.stdin, shell.stdout, shell.stderr].filter((pipe) => pipe instanceof Socket);
  shell.unref();
  for (const pipe of pipes) pipe.unref();
  const ended = once(shell, "exit").then(() => {
    shell.stdin.destroy();
    return undefined;
  });
  const end = async (): Promise<void> => {
    shell.ref();
    await ended;
  };
  return {
    stdout: shell.stdout,
    stderr: shell.stderr,
    ended,
    async terminate() {
      shell.kill("SIGTERM");
      await end();
    },
    async stop() {
      shell.stdin.end();
      await end();
    },
  };
}
