import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { leash, type Leashed } from "../leash.ts";
import { eventually } from "./eventually.ts";

/** A program of the control plane, or a gate: on a leash, with everything that it says in one file. */
export interface Program extends Pick<Leashed, "ended" | "stop" | "terminate"> {
  /** What it has said so far. */
  said(): Promise<string>;
  /** Waits for the answer of `ask`, and fails at once, with the end of the log, when the program ends. */
  until<T>(what: string, ask: () => T | Promise<T>, deadlineMs?: number): Promise<Exclude<T, undefined | false>>;
}

const tailLines = 15;

/** Starts `command`. What it says is added to `logFile`, so that a restart keeps what was said before. */
export function startProgram(
  command: string,
  args: readonly string[],
  logFile: string,
  env: NodeJS.ProcessEnv = {},
): Program {
  const running = leash(command, args, { PATH: process.env["PATH"], ...env });
  const log = createWriteStream(logFile, { flags: "a" });
  running.stdout.pipe(log, { end: false });
  running.stderr.pipe(log, { end: false });
  const flushed = Promise.withResolvers<void>();
  void running.ended.then(() => log.end(() => flushed.resolve()));
  const ended = running.ended.then(() => flushed.promise);
  const name = basename(command);
  const said = async (): Promise<string> => readFile(logFile, "utf8").catch(() => "");
  const tail = async (): Promise<string> => (await said()).trimEnd().split("\n").slice(-tailLines).join("\n");
  return {
    ended,
    stop: async () => {
      await running.stop();
      await ended;
    },
    terminate: async () => {
      await running.terminate();
      await ended;
    },
    said,
    async until(what, ask, deadlineMs = 120_000) {
      const broken = ended.then(() => new Error(`${name} ended`));
      try {
        return await eventually(`${name}: ${what}`, ask, { deadlineMs, broken });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new Error(`${reason}\n${logFile}:\n${await tail()}`, { cause: error });
      }
    },
  };
}
